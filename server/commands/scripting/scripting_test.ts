import { testChecks } from "../../../tests/compat/harness.ts";
import { functionChecks } from "./function_cases.ts";
import { scriptLibraryChecks } from "./libraries_cases.ts";
import { scriptingChecks } from "./scripting_cases.ts";

testChecks(scriptingChecks);
testChecks(scriptLibraryChecks);
testChecks(functionChecks);

import { testChecks } from "../../../tests/compat/harness.ts";
import { scriptingChecks } from "./scripting_cases.ts";

testChecks(scriptingChecks);

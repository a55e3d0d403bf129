import { testChecks } from "../../../tests/compat/harness.ts";
import { stringChecks } from "./strings_cases.ts";

testChecks(stringChecks);

import { testChecks } from "./harness.ts";
import { stringChecks } from "./strings_cases.ts";

testChecks(stringChecks);

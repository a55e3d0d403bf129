import { testChecks } from "./harness.ts";
import { setChecks } from "./set_cases.ts";

testChecks(setChecks);

import { testChecks } from "../../../tests/compat/harness.ts";
import { setChecks } from "./set_cases.ts";

testChecks(setChecks);

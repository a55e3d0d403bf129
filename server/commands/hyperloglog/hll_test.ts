import { testChecks } from "../../../tests/compat/harness.ts";
import { hllChecks } from "./hll_cases.ts";

testChecks(hllChecks);

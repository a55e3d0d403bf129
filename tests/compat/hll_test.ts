import { testChecks } from "./harness.ts";
import { hllChecks } from "./hll_cases.ts";

testChecks(hllChecks);

import { counterChecks } from "./counters_cases.ts";
import { testChecks } from "./harness.ts";

testChecks(counterChecks);

import { testChecks } from "./harness.ts";
import { blockingChecks } from "./blocking_cases.ts";

testChecks(blockingChecks);

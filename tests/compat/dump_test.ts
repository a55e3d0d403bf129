import { dumpChecks } from "./dump_cases.ts";
import { testChecks } from "./harness.ts";

testChecks(dumpChecks);

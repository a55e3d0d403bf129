import { dumpChecks } from "./dump_cases.ts";
import { testChecks } from "../../../tests/compat/harness.ts";

testChecks(dumpChecks);

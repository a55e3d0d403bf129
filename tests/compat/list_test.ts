import { testChecks } from "./harness.ts";
import { listChecks } from "./list_cases.ts";

testChecks(listChecks);

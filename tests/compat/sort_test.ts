import { testChecks } from "./harness.ts";
import { sortChecks } from "./sort_cases.ts";

testChecks(sortChecks);

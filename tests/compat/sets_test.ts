import { testChecks } from "./harness.ts";
import { setsChecks } from "./sets_cases.ts";

testChecks(setsChecks);

import { testChecks } from "./harness.ts";
import { observeChecks } from "./observe_cases.ts";

testChecks(observeChecks);

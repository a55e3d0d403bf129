import { testChecks } from "../../../tests/compat/harness.ts";
import { observeChecks } from "./observe_cases.ts";

testChecks(observeChecks);

import { testChecks } from "../../../tests/compat/harness.ts";
import { setsChecks } from "./sets_cases.ts";

testChecks(setsChecks);

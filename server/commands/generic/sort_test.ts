import { testChecks } from "../../../tests/compat/harness.ts";
import { sortChecks } from "./sort_cases.ts";

testChecks(sortChecks);

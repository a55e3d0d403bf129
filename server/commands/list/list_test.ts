import { testChecks } from "../../../tests/compat/harness.ts";
import { listChecks } from "./list_cases.ts";

testChecks(listChecks);

import { testChecks } from "../../../tests/compat/harness.ts";
import { clientChecks } from "./client_cases.ts";

testChecks(clientChecks);

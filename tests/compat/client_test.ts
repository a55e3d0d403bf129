import { testChecks } from "./harness.ts";
import { clientChecks } from "./client_cases.ts";

testChecks(clientChecks);

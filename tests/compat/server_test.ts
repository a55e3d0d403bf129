import { testChecks } from "./harness.ts";
import { serverChecks } from "./server_cases.ts";

testChecks(serverChecks);

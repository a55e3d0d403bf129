import { testChecks } from "./harness.ts";
import { connectionChecks } from "./connection_cases.ts";

testChecks(connectionChecks);

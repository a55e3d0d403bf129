import { testChecks } from "../../../tests/compat/harness.ts";
import { connectionChecks } from "./connection_cases.ts";

testChecks(connectionChecks);

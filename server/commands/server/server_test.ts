import { testChecks } from "../../../tests/compat/harness.ts";
import { serverChecks } from "./server_cases.ts";

testChecks(serverChecks);

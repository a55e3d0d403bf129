import { testChecks } from "./harness.ts";
import { protocolChecks } from "./protocol_cases.ts";

testChecks(protocolChecks);

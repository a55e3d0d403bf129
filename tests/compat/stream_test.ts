import { testChecks } from "./harness.ts";
import { streamChecks } from "./stream_cases.ts";

testChecks(streamChecks);

import { testChecks } from "./harness.ts";
import { streamChecks } from "./stream_cases.ts";
import { streamGroupChecks } from "./stream_group_cases.ts";

testChecks([...streamChecks, ...streamGroupChecks]);

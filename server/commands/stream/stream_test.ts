import { testChecks } from "../../../tests/compat/harness.ts";
import { streamBlockingChecks } from "./stream_blocking_cases.ts";
import { streamChecks } from "./stream_cases.ts";
import { streamGroupChecks } from "./stream_group_cases.ts";

testChecks([...streamChecks, ...streamGroupChecks, ...streamBlockingChecks]);

import { testChecks } from "../../../tests/compat/harness.ts";
import { aloneChecks } from "./alone_cases.ts";
import { serverChecks } from "./server_cases.ts";

testChecks([...serverChecks, ...aloneChecks]);

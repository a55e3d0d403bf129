import { testChecks } from "./harness.ts";
import { keyChecks } from "./keys_cases.ts";

testChecks(keyChecks);

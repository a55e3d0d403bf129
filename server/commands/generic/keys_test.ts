import { testChecks } from "../../../tests/compat/harness.ts";
import { keyChecks } from "./keys_cases.ts";

testChecks(keyChecks);

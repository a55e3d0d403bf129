import { testChecks } from "./harness.ts";
import { expireChecks } from "./expire_cases.ts";

testChecks(expireChecks);

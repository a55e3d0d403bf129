import { testChecks } from "../../../tests/compat/harness.ts";
import { expireChecks } from "./expire_cases.ts";

testChecks(expireChecks);

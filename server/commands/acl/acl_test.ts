import { testChecks } from "../../../tests/compat/harness.ts";
import { aclChecks } from "./acl_cases.ts";

testChecks(aclChecks);

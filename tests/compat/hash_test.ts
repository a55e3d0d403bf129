import { testChecks } from "./harness.ts";
import { hashChecks } from "./hash_cases.ts";

testChecks(hashChecks);

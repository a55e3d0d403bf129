import { testChecks } from "../../../tests/compat/harness.ts";
import { hashChecks } from "./hash_cases.ts";

testChecks(hashChecks);

import { testChecks } from "./harness.ts";
import { bitsChecks } from "./bits_cases.ts";

testChecks(bitsChecks);

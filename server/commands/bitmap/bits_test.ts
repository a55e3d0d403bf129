import { testChecks } from "../../../tests/compat/harness.ts";
import { bitsChecks } from "./bits_cases.ts";

testChecks(bitsChecks);

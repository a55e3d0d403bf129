import { testChecks } from "./harness.ts";
import { wordChecks } from "./words_cases.ts";

testChecks(wordChecks);

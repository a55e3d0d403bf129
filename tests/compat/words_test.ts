import { testChecks } from "./harness.ts";
import { wordsChecks } from "./words_cases.ts";

testChecks(wordsChecks);

import { saveChecks } from "./save_cases.ts";
import { testChecks } from "./harness.ts";

testChecks(saveChecks);

import { saveChecks } from "./save_cases.ts";
import { testChecks } from "../../../tests/compat/harness.ts";

testChecks(saveChecks);

import { testChecks } from "../../../tests/compat/harness.ts";
import { configChecks } from "./config_cases.ts";

testChecks(configChecks);

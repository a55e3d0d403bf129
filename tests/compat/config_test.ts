import { testChecks } from "./harness.ts";
import { configChecks } from "./config_cases.ts";

testChecks(configChecks);

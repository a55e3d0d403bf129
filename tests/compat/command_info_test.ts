import { testChecks } from "./harness.ts";
import { commandInfoChecks } from "./command_info_cases.ts";

testChecks(commandInfoChecks);

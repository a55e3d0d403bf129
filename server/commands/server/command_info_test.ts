import { testChecks } from "../../../tests/compat/harness.ts";
import { commandInfoChecks } from "./command_info_cases.ts";

testChecks(commandInfoChecks);

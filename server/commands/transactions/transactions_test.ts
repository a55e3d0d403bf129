import { testChecks } from "../../../tests/compat/harness.ts";
import { transactionChecks } from "./transactions_cases.ts";

testChecks(transactionChecks);

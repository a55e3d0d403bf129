import { testChecks } from "./harness.ts";
import { transactionChecks } from "./transactions_cases.ts";

testChecks(transactionChecks);

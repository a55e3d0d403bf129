import { testChecks } from "../../../tests/compat/harness.ts";
import { trackingChecks } from "./tracking_cases.ts";

testChecks(trackingChecks);

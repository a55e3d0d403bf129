import { testChecks } from "./harness.ts";
import { trackingChecks } from "./tracking_cases.ts";

testChecks(trackingChecks);

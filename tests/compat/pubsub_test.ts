import { testChecks } from "./harness.ts";
import { pubsubChecks } from "./pubsub_cases.ts";

testChecks(pubsubChecks);

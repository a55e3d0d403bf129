import { testChecks } from "../../../tests/compat/harness.ts";
import { pubsubChecks } from "./pubsub_cases.ts";

testChecks(pubsubChecks);

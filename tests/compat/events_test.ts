import { eventsChecks } from "./events_cases.ts";
import { testChecks } from "./harness.ts";

testChecks(eventsChecks);

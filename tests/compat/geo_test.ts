import { testChecks } from "./harness.ts";
import { geoChecks } from "./geo_cases.ts";

testChecks(geoChecks);

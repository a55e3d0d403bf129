import { testChecks } from "../../../tests/compat/harness.ts";
import { geoChecks } from "./geo_cases.ts";

testChecks(geoChecks);

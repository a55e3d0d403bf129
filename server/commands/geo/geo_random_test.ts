import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomGeoCommands } from "./geo_random.ts";

testRandom("geo", randomGeoCommands, { count: 9000, roundSize: 3000 });

import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomServerCommands } from "./server_random.ts";

testRandom("server", randomServerCommands, { count: 6000, roundSize: 1500 });

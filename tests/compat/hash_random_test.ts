import { testRandom } from "./random_harness.ts";
import { randomHashCommands } from "./hash_random.ts";

testRandom("hash", randomHashCommands);

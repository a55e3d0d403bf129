import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomHashCommands } from "./hash_random.ts";

testRandom("hash", randomHashCommands);

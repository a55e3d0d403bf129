import { testRandom } from "./random_harness.ts";
import { randomBitCommands } from "./bits_random.ts";

testRandom("bitmap", randomBitCommands);

import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomBitCommands } from "./bits_random.ts";

testRandom("bitmap", randomBitCommands);

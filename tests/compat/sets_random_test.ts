import { testRandom } from "./random_harness.ts";
import { randomSetCommands } from "./sets_random.ts";

testRandom("set", randomSetCommands);

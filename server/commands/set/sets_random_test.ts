import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomSetCommands } from "./sets_random.ts";

testRandom("set", randomSetCommands);

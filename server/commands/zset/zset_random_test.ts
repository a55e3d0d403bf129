import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomZsetCommands } from "./zset_random.ts";

testRandom("sorted-set", randomZsetCommands);

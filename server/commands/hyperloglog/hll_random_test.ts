import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomHllCommands } from "./hll_random.ts";

testRandom("HyperLogLog", randomHllCommands, { count: 6000, roundSize: 1500 });

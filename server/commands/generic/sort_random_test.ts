import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomSortCommands } from "./sort_random.ts";

testRandom("SORT", randomSortCommands, { count: 9000, roundSize: 3000 });

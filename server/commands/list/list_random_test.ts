import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomListCommands } from "./list_random.ts";

testRandom("list", randomListCommands);

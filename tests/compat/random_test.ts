import { randomCommands } from "./random_commands.ts";
import { testRandom } from "./random_harness.ts";

testRandom("string and key", randomCommands, { count: 20_000, roundSize: 5000 });

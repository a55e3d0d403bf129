import { testRandom } from "../../../tests/compat/random_harness.ts";
import { randomStreamCommands } from "./stream_random.ts";

testRandom("stream", randomStreamCommands);

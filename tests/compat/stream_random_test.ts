import { testRandom } from "./random_harness.ts";
import { randomStreamCommands } from "./stream_random.ts";

testRandom("stream", randomStreamCommands);

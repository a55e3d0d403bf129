/** The real environment for servers in tests, parts of it replaced. */

import type { Environment } from "../../server/env/env.ts";
import { cloneCode } from "../../server/env/real/code.ts";
import { realEnvironment } from "../../server/env/real/environment.ts";
import { logTapeSink } from "../../server/env/real/log.ts";

export function testEnvironment(replaced: Partial<Environment> = {}): Environment {
  return { ...realEnvironment(logTapeSink(), cloneCode), ...replaced };
}

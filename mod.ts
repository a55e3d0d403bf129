/** Etna: a Redis-compatible in-memory data server. */

import { Config } from "./server/config/config.ts";
import { startServer } from "./server/main.ts";
import { loadConfig, parseCommandLine } from "./server/config/command_line.ts";
import { DenoConfigHost } from "./server/config/host.ts";
import { logTo } from "./server/stats/log.ts";

if (import.meta.main) {
  const command = parseCommandLine(Deno.args);
  if (command.action === "serve") {
    const config = new Config(Deno.cwd());
    loadConfig(config, command, new DenoConfigHost());
    logTo("", () => "M");
    const { server } = await startServer(config, false);
    server.log.notice("Ready to accept connections");
  }
}

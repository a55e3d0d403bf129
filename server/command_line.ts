/** Etna as a program: redis-server's command line, its log lines, its way with signals. */

import { prepareEnd } from "./keyspace/ending.ts";
import metadata from "../deno.json" with { type: "json" };
import {
  loadConfig,
  type LoadedConfig,
  parseCommandLine,
  type ServeCommand,
} from "./config/command_line.ts";
import { Config } from "./config/config.ts";
import { DenoConfigHost } from "./config/host.ts";
import { ConfigError } from "./config/parse.ts";
import { type Running, startServer } from "./main.ts";
import type { Server } from "./server.ts";
import { logTo } from "./stats/log.ts";

const HELP = `Usage: etna [/path/to/redis.conf] [options] [-]
       etna - (read the configuration from standard input)
       etna -v | --version
       etna -h | --help

Options are those of redis.conf, with two dashes; they override the file:
  --port 6380                    TCP port (6379)
  --bind 127.0.0.1 ::1           addresses to listen on
  --unixsocket /run/etna.sock    Unix socket to listen on
  --requirepass secret           password that clients must give
  --maxmemory 1gb                limit for data, with --maxmemory-policy
  --save ""                      no snapshots
  --loglevel verbose             debug, verbose, notice or warning
  --transport auto               auto, epoll (Linux) or deno (everywhere)

Examples:
  etna                                  the default configuration
  etna /etc/redis/redis.conf --port 7000
  etna --port 7000 --save "" --appendonly no
  echo 'maxmemory 128mb' | etna -

From a clone it is started by: deno task start [arguments]
`;

/** Runs the program. Returns when the server runs; the process then lives until it is told to end. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const command = parseCommandLine(args);
  switch (command.action) {
    case "help":
      Deno.stdout.writeSync(new TextEncoder().encode(HELP));
      return;
    case "version":
      console.log(`Etna server v=${metadata.version} (Redis 7.2.4 compatible) bits=64`);
      return;
    case "serve":
      return await serve(command);
    default:
      console.log(
        `${command.action}: nothing to check, the core's memory is checked as it is used.`,
      );
  }
}

async function serve(command: ServeCommand): Promise<void> {
  const config = new Config(Deno.cwd());
  const loaded = load(config, command);
  enterDirectory(config.values.dir);
  let role = "C";
  logTo(config.values.logfile, () => role);
  const started = Promise.withResolvers<Running>();
  const prepare = (server: Server) => {
    const { log } = server;
    log.notice(`Etna is starting`);
    log.notice(`Etna version=${metadata.version}, bits=64, pid=${Deno.pid}, just started`);
    if (config.values.daemonize) {
      log.warning("daemonize: Etna stays in the foreground, see nohup(1).");
    }
    if (loaded.path !== undefined) log.notice("Configuration loaded");
    else log.warning("Warning: no config file specified, using the default config.");
    role = "M";
    log.notice(`Running mode=standalone, port=${config.values.port}.`);
    log.notice("Server initialized");
    // Before anybody can connect: who reaches the server may end it.
    endOnRequest(server, started.promise);
  };
  try {
    const running = await startServer({
      config,
      loaded,
      embedded: false,
      loads: true,
      beforeListening: prepare,
    });
    writePidFile(config);
    running.server.log.notice("Ready to accept connections");
    started.resolve(running);
  } catch (error) {
    die(`${error instanceof Error ? error.message : error}`);
  }
}

/** Lets SHUTDOWN, SIGTERM and SIGINT end the process, with all connections closed. */
function endOnRequest(server: Server, started: Promise<Running>): void {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    const running = await started;
    removePidFile(server.config);
    await running.close();
    server.log.notice("Etna is now ready to exit, bye bye...");
    Deno.exit(0);
  };
  server.onShutdown = () => void end();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      // A second Ctrl-C does not wait.
      if (ending && signal === "SIGINT") Deno.exit(1);
      server.log.notice(`Received ${signal} scheduling shutdown...`);
      if (ending) return;
      if (prepareEnd(server, null, false)) void end();
      else {
        server.log.warning(
          "Errors trying to shut down the server. Check the logs for more information.",
        );
      }
    });
  }
}

function load(config: Config, command: ServeCommand): LoadedConfig {
  try {
    return loadConfig(config, command, new DenoConfigHost());
  } catch (error) {
    if (error instanceof ConfigError) return die(error.fatalText(`Etna ${metadata.version}`));
    return die(`${error instanceof Error ? error.message : error}`);
  }
}

/** Relative paths, the log file's among them, are taken from `dir`. */
function enterDirectory(dir: string): void {
  try {
    Deno.chdir(dir);
  } catch (error) {
    die(`Can't chdir to '${dir}': ${error instanceof Error ? error.message : error}`);
  }
}

/** Says on standard error why there is no server, and ends with status 1. */
function die(text: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text.trimEnd()}\n`));
  Deno.exit(1);
}

function writePidFile(config: Config): void {
  const { pidfile } = config.values;
  if (pidfile === "") return;
  try {
    Deno.writeTextFileSync(pidfile, `${Deno.pid}\n`);
  } catch { /* as with Redis, a missing directory is no reason not to run */ }
}

function removePidFile(config: Config): void {
  if (config.values.pidfile === "") return;
  try {
    Deno.removeSync(config.values.pidfile);
  } catch { /* it was never written */ }
}

/** Etna as a program: redis-server's command line, its log lines, its way with signals. */

import {
  ABORTED,
  type FatalSignal,
  reportCrash,
  SEGMENT_FAULT,
} from "./commands/server/crash_report.ts";
import { endInOrder } from "./saving/ending.ts";
import { ETNA_VERSION, REDIS_VERSION } from "./version.ts";
import {
  loadConfig,
  type LoadedConfig,
  parseCommandLine,
  type ServeCommand,
} from "./config/command_line.ts";
import { Config } from "./config/config.ts";
import { ConfigFilesHost } from "./config/host.ts";
import { ConfigError } from "./config/parse.ts";
import { removeQuietly } from "./env/disk.ts";
import type { Environment } from "./env/env.ts";
import { wordsOf } from "./env/system_error.ts";
import type { Program } from "./env/program.ts";
import { type Running, startServer } from "./main.ts";
import { DEFAULT_SENTINEL_PORT } from "../cluster/sentinel/sentinel.ts";
import type { Server } from "./server.ts";
import type { Log } from "./stats/log.ts";

/** The program's name that makes it a Sentinel. */
const SENTINEL_NAME = "etna-sentinel";

const HELP = `Usage: etna [/path/to/redis.conf] [options] [-]
       etna /path/to/sentinel.conf --sentinel
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
  --loglevel verbose             debug, verbose, notice, warning or nothing
  --transport auto               auto, epoll (Linux) or deno (everywhere)

Examples:
  etna                                  the default configuration
  etna /etc/redis/redis.conf --port 7000
  etna --port 7000 --save "" --appendonly no
  etna sentinel.conf --sentinel         watch primaries, and fail them over
  echo 'maxmemory 128mb' | etna -

From a clone it is started by: deno task start [arguments]
`;

/** Runs the program. Returns when the server runs; the process then lives until it is told to end. */
export async function runCommandLine(program: Program): Promise<void> {
  const command = parseCommandLine(program.args);
  switch (command.action) {
    case "help":
      return program.write(HELP);
    case "version":
      return program.write(
        `Etna server v=${ETNA_VERSION} (Redis ${REDIS_VERSION} compatible) bits=64\n`,
      );
    case "serve":
      return await serve(program, command);
    default:
      program.write(
        `${command.action}: nothing to check, the core's memory is checked as it is used.\n`,
      );
  }
}

async function serve(program: Program, command: ServeCommand): Promise<void> {
  const environment = program.environment();
  // Another thread does that meanwhile; whoever asks for it is told what is wrong with it.
  environment.compileCore().catch(() => {});
  const config = new Config(environment.disk.workingDirectory());
  const isSentinel = command.sentinel || program.name === SENTINEL_NAME;
  if (isSentinel) {
    config.assign("port", DEFAULT_SENTINEL_PORT);
    config.assign("protected-mode", false);
  }
  const loaded = load(program, environment, config, { ...command, sentinel: isSentinel });
  enterDirectory(program, config.values.dir);
  checkLogFile(program, environment, config.values.logfile);
  if (isSentinel) checkWritable(program, environment, loaded.path);
  // Until there is a server, C stands for its configuration.
  let letter: () => string = () => isSentinel ? "X" : "C";
  program.logTo(config.values.logfile, () => letter());
  const started = Promise.withResolvers<Running>();
  let fileLog: Log | null = null;
  const prepare = (server: Server) => {
    const { log } = server;
    if (config.values.logfile !== "") fileLog = log;
    log.notice(`Etna is starting`);
    log.notice(
      `Etna version=${ETNA_VERSION}, bits=64, pid=${environment.process.id}, just started`,
    );
    if (config.values.daemonize) {
      log.warning("daemonize: Etna stays in the foreground, see nohup(1).");
    }
    if (loaded.path !== undefined) log.notice("Configuration loaded");
    else log.warning("Warning: no config file specified, using the default config.");
    if (!isSentinel) letter = () => server.role.letter;
    log.notice(`Running mode=${server.mode}, port=${config.values.port}.`);
    if (config.values["always-show-logo"] && !isSentinel) {
      log.notice(logo(config, environment.process.id));
    }
    log.notice("Server initialized");
    // Before anybody can connect: who reaches the server may end it.
    endOnRequest(program, environment, server, started.promise);
  };
  try {
    const running = await startServer({
      config,
      loaded,
      embedded: false,
      loads: true,
      sentinel: isSentinel,
      beforeListening: prepare,
    }, environment);
    writePidFile(environment, config);
    if (!isSentinel) running.server.log.notice("Ready to accept connections");
    started.resolve(running);
  } catch (error) {
    if (error instanceof ConfigError) die(program, error.fatalText(`Etna ${ETNA_VERSION}`));
    refuse(program, fileLog, wordsOf(error));
  }
}

/** Ends a server that cannot start, for a reason that its log is told, where it is a file: as the real one does. */
function refuse(program: Program, log: Log | null, words: string): never {
  if (log === null) die(program, words);
  log.warning(words);
  program.exit(1);
}

/** A log that nobody will find is no reason to start. */
function checkLogFile(program: Program, { disk }: Environment, path: string): void {
  if (path === "") return;
  try {
    disk.append(path).close();
  } catch (error) {
    const reason = `Can't open the log file: ${wordsOf(error)}`;
    die(program, new ConfigError(reason).fatalText(`Etna ${ETNA_VERSION}`));
  }
}

/** A Sentinel keeps in its configuration file what it has promised to others. */
function checkWritable(
  program: Program,
  { disk }: Environment,
  path: string | undefined,
): void {
  if (path === undefined) {
    die(program, "Sentinel needs config file on disk to save state. Exiting...");
  }
  try {
    disk.append(path).close();
  } catch (error) {
    die(program, `Sentinel config file ${path} is not writable: ${wordsOf(error)}. Exiting...`);
  }
}

/** What `always-show-logo` shows; harnesses wait for the line with the process, and then for what follows. */
function logo(config: Config, pid: number): string {
  return [
    "",
    ` .---.   Etna ${ETNA_VERSION} 64 bit`,
    " |/^\\|   Running in standalone mode",
    ` /   \\   Port: ${config.values.port}`,
    `/_____\\  PID: ${pid}`,
    "",
  ].join("\n");
}

/** Lets SHUTDOWN, SIGTERM and SIGINT end the process, with all connections closed. */
function endOnRequest(
  program: Program,
  environment: Environment,
  server: Server,
  started: Promise<Running>,
): void {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    server.standStill();
    const running = await started;
    const { pidfile } = server.config.values;
    if (pidfile !== "") removeQuietly(environment.disk, pidfile);
    await running.close();
    server.log.notice("Etna is now ready to exit, bye bye...");
    program.exit(0);
  };
  server.onShutdown = () => void end();
  const crash = (signal: FatalSignal) => {
    reportCrash(server, signal);
    server.snapshots.cancel();
    program.dieOf(signal.name);
  };
  server.onCrash = (name) => crash(name === "SIGABRT" ? ABORTED : SEGMENT_FAULT);
  program.onSignal("SIGABRT", () => crash(ABORTED));
  for (const [signal, option] of ENDING_SIGNALS) {
    const act = () => {
      const chosen = server.config.values[option];
      const save = chosen.includes("save") ? "save" : chosen.includes("nosave") ? "nosave" : null;
      const choice = {
        save,
        force: chosen.includes("force"),
        now: chosen.includes("now"),
      } as const;
      endInOrder(server, choice, () => void end());
    };
    program.onSignal(signal, () => {
      // A second Ctrl-C does not wait.
      if ((ending || server.endRequest.act !== null) && signal === "SIGINT") {
        server.log.warning("You insist... exiting now.");
        server.snapshots.cancel();
        program.exit(1);
      }
      server.log.notice(`Received ${signal} scheduling shutdown...`);
      if (ending) return;
      // Until the next tick SHUTDOWN ABORT can take it back; what is being loaded has no ticks.
      if (server.loading.active) act();
      else server.endRequest.act = act;
      server.wake();
    });
  }
}

/** Signals that end the server, with the options that say how. */
const ENDING_SIGNALS = [
  ["SIGTERM", "shutdown-on-sigterm"],
  ["SIGINT", "shutdown-on-sigint"],
] as const;

function load(
  program: Program,
  { disk }: Environment,
  config: Config,
  command: ServeCommand,
): LoadedConfig {
  try {
    return loadConfig(
      config,
      command,
      new ConfigFilesHost(disk, disk.workingDirectory(), program.readStdin),
    );
  } catch (error) {
    if (error instanceof ConfigError) {
      return die(program, error.fatalText(`Etna ${ETNA_VERSION}`));
    }
    return die(program, wordsOf(error));
  }
}

/** Relative paths, the log file's among them, are taken from `dir`. */
function enterDirectory(program: Program, dir: string): void {
  try {
    program.enterDirectory(dir);
  } catch (error) {
    die(program, `Can't chdir to '${dir}': ${(error as Error).message}`);
  }
}

/** Says on standard error why there is no server, and ends with status 1. */
function die(program: Program, text: string): never {
  program.writeError(`${text.trimEnd()}\n`);
  return program.exit(1);
}

function writePidFile({ disk, process }: Environment, { values: { pidfile } }: Config): void {
  if (pidfile === "") return;
  try {
    const file = disk.create(pidfile);
    file.write(new TextEncoder().encode(`${process.id}\n`));
    file.close();
  } catch { /* as with Redis, a missing directory is no reason not to run */ }
}

import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadConfig, parseCommandLine, type ServeCommand } from "./command_line.ts";
import { Config } from "./config.ts";
import { ConfigFilesHost } from "./host.ts";
import { realDisk } from "../env/real/disk.ts";
import { ConfigError, type ConfigHost, ConfigOpenError, ConfigReader } from "./parse.ts";
import { hasRealRedis, inTempDir, RealRedis, realRedisTest } from "./testing.ts";

interface Start {
  /** Text of the configuration file; none: no file is given. */
  readonly file?: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
}

/** The configuration that results, or the text on standard error. */
type Outcome = Record<string, string> | string;

function serveCommand(args: readonly string[]): ServeCommand {
  const command = parseCommandLine(args);
  if (command.action !== "serve") throw new Error(`${args} starts no server`);
  return command;
}

function loadEtna(directory: string, start: Start): Outcome {
  const host: ConfigHost = new ConfigFilesHost(realDisk(), directory);
  host.readStdin = () => start.stdin ?? "";
  const config = new Config(directory);
  const command = serveCommand(commandLine(start));
  try {
    loadConfig(config, command, host);
  } catch (error) {
    // The real server says it in its log, which goes elsewhere.
    if (error instanceof ConfigOpenError) return "";
    if (error instanceof ConfigError) return error.fatalText("Redis 7.0.15");
    throw error;
  }
  const { transport: _, ...values } = Object.fromEntries(config.get(["*"]));
  return values;
}

async function loadReal(directory: string, start: Start): Promise<Outcome> {
  try {
    const real = await RealRedis.start(directory, commandLine(start), start.stdin);
    const values = await real.config();
    await real.stop();
    return values;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The file, if any, is written as t.conf. Without one the socket is given by options. */
function commandLine({ file, args = [] }: Start): string[] {
  if (file !== undefined) return ["t.conf", ...args];
  const socket = ["--port", "0", "--unixsocket", "s"];
  return args[0] === "-" ? ["-", ...socket, ...args.slice(1)] : [...socket, ...args];
}

async function compare(directory: string, starts: readonly Start[]): Promise<void> {
  for (const start of starts) {
    if (start.file !== undefined) {
      const text = RealRedis.reachable(directory) + start.file;
      Deno.writeTextFileSync(`${directory}/t.conf`, text);
    }
    const expected = await loadReal(directory, start);
    const actual = loadEtna(directory, start);
    const hint = JSON.stringify(start);
    if (typeof actual === "string" || typeof expected === "string") {
      assertEquals(startedOr(actual), startedOr(expected), hint);
    } else {
      const differing = Object.keys(expected).filter((name) => actual[name] !== expected[name]);
      assertEquals(
        differing.map((name) => [name, actual[name]]),
        differing.map((name) => [name, expected[name]]),
        hint,
      );
    }
  }
}

function startedOr(outcome: Outcome): string {
  return typeof outcome === "string" ? outcome : "started";
}

function files(...texts: string[]): Start[] {
  return texts.map((file) => ({ file }));
}

realRedisTest("a file is read as Redis reads it: lines and quotes", async (directory) => {
  await compare(
    directory,
    files(
      "# comment\n   # indented\n\n\n\thz   20\t\r\n  MAXMEMORY 1Gb",
      `masterauth "a\\x41\\n\\"b'\\q\\t\\a\\r\\b\\\\"\nmasteruser 'a\\x41\\'b"'\n`,
      `masterauth a#b\nmasteruser a'b c'\n`,
      `masterauth "\\xc3\\xa9 é"\n"hz" '20'\n`,
      `masterauth "\\xZZ\\x4"\nmasteruser \\x41\n`,
      ...['hz "20', 'hz "20"x', "hz '20'x", 'masterauth a"b c"d', "hz 20 # comment", "hz 20\rx"],
      ...["hz", "hz 1 2", "hz abc", "nosuch 1", '"" 20', "\ufeffhz 20", "sentinel", "sentinel a b"],
    ),
  );
});

realRedisTest("a file is read as Redis reads it: values of several words", async (directory) => {
  await compare(
    directory,
    files(
      "save 1 1\nsave 2 2\n",
      'save 1 1\nsave ""\nsave 5 5 6 6\n',
      'save ""\n',
      "save\n",
      'save "1 1"\n',
      'save "" 1\n',
      "save 1\n",
      "client-output-buffer-limit replica 1mb 1 1\nclient-output-buffer-limit normal 1 1 1 pubsub 2k 2 2\n",
      'client-output-buffer-limit "slave 1 1 1"\n',
      "client-output-buffer-limit slave 1mb 1\n",
      "client-output-buffer-limit\n",
      "bind 127.0.0.1\nbind 127.0.0.1 -::1\n",
      'bind "127.0.0.1 -::1"\n',
      "notify-keyspace-events E x\n",
      'notify-keyspace-events ""\noom-score-adj-values "1 2 3"\nshutdown-on-sigint save now\n',
      'latency-tracking-info-percentiles ""\nshutdown-on-sigterm "nosave force"\n',
      "replicaof 127.0.0.1 1\nreplicaof no one\nlua-time-limit 3\nslave-priority 4\n",
      "slaveof 127.0.0.1 1\n",
      "replicaof a\n",
      "replicaof a b\n",
      "cluster-enabled yes\nreplicaof 127.0.0.1 1\n",
      "unixsocketperm 0700\nunixsocketperm 0\n",
    ),
  );
});

realRedisTest(
  "a file is read as Redis reads it: options that only a file can give",
  async (dir) => {
    const words = ["-1", "99999999999", '""', "yes x", "YES", "local", "a/b"];
    const startable = new Config("/").get(["*"]).map(([name]) => name).filter((name) =>
      // These reach for the system, the network or the terminal.
      !/^(aclfile|daemonize|supervised|logfile|pidfile|unixsocket|port|tls.*|bind|cluster-enabled|transport|syslog-enabled|io-threads)$/
        .test(name)
    );
    const immutable = startable.filter((name) =>
      new Config("/").set([[name, "1"]])?.endsWith("can't set immutable config")
    );
    const starts = immutable.flatMap((name) =>
      words.filter((word) => /^(-1|99999999999)$/.test(word) || name.includes("e")).map((word) => ({
        file: `${name} ${word}\nnosuch\n`,
      }))
    );
    assert(starts.length > 50);
    await compare(dir, starts);
    await compare(
      dir,
      files(
        ...["unixsocketperm 800", "unixsocketperm 1777", "unixsocketperm abc", "unixsocketperm -1"],
        "tcp-backlog 3\ndatabases 3\nsyslog-ident x\nset-proc-title no\nrdbchecksum no\n",
        "enable-debug-command LOCAL\nenable-module-command yes\nsocket-mark-id 0\n",
        "io-threads 0\n",
        "io-threads 129\n",
      ),
    );
  },
);

realRedisTest("includes and directories are followed as Redis follows them", async (directory) => {
  Deno.mkdirSync(`${directory}/sub`);
  Deno.writeTextFileSync(`${directory}/a1.inc`, "hz 11\nsave 1 1\n");
  Deno.writeTextFileSync(`${directory}/a2.inc`, "\n\ntimeout 7\nhz 12\ninclude sub/b.inc\n");
  Deno.writeTextFileSync(`${directory}/sub/b.inc`, "maxmemory 3mb\nsave 2 2");
  Deno.writeTextFileSync(`${directory}/bad.inc`, "\n\nnosuch x\n");
  await compare(
    directory,
    files(
      "include a1.inc\nsave 3 3\n",
      "save 3 3\nhz 30\ninclude a*.inc\nmaxmemory-clients 5%\n",
      "include none*.inc\n",
      `include ${directory}/a?.inc\nhz 9\n`,
      "dir sub\ninclude b.inc\n",
      "dir sub\ninclude ../a1.inc\ndir ..\ninclude sub/*\n",
      "include none.inc\n",
      "include bad.inc\n",
      "include\n",
      "include a b\n",
      "dir /nonexistent\n",
      "dir t.conf\n",
      'dir ""\n',
      "rename-command get g\nrename-command set s\nuser bob on\n",
      "rename-command a b c\n",
      "user\n",
      "loadmodule\n",
    ),
  );
});

const ARGUMENTS: readonly (readonly string[])[] = [
  ...[["--hz", "20"], ["--hz 20"], ["--hz=20"], ["--hz"], ["--hz", "20", "30"], ["--HZ", "20"]],
  ...[["--nosuch", "1"], ["--nosuch"], ["hz", "20"], ["--hz", "abc"], ["--hz", "20", "--hz", "30"]],
  ...[["--save", ""], ["--save"], ["--save", "", "--hz", "20"], ["--save", "--hz", "20"]],
  ...[["--save", "1", "1"], ["--save", "1 1"], ["--save", "1", "1", "2", "2"]],
  ...[["--save", "1", "1", "--save", "2", "2"], ["--save", "1", "1", "--save", ""]],
  ...[["--SAVE", "--hz", "20"], ["--save", "", "1"], ["--hz 20", "--save", "1 1"]],
  ...[["--bind", "127.0.0.1", "-::1"], ["--bind", "127.0.0.1 -::1"], ["--maxmemory", "1gb"]],
  ...[["--masterauth", "a b"], ["--masterauth", '"a b"'], ["--masterauth", "--x"]],
  ...[["--masterauth", 'a"b'], ["--masterauth", "'x"], ["--masterauth", ""], ["--masterauth"]],
  ...[["--masterauth", "a\nb"], ["--masterauth", "\\x41"], ["--masterauth", "#é"]],
  ...[['--masterauth "a b"'], ["--masterauth\na"], ["--masterauth", "--hz", "20"]],
  ...[["--masterauth", "a", "--hz"], ["--hz", "20\n--save"], ["--", "--hz", "20"]],
  ...[["--hz", "20", "--"], ["-hz", "20"], ["--list-max-listpack-size", "-5"], ["--hz", "-5"]],
  ...[["--shutdown-on-sigint", "save", "now", "--hz", "20"], ["--notify-keyspace-events", ""]],
  ...[["--client-output-buffer-limit", "normal", "1", "1", "1"], ["--notify-keyspace-events"]],
  ...[["--latency-tracking-info-percentiles"], ["--latency-tracking-info-percentiles", "--hz"]],
  ...[["--replicaof", "no", "one"], ["--user", "bob", "on"], ["--rename-command", "get", "g"]],
  ...[["--include", "none"], ["--sentinel", "x"], ["--hz", "50", "-", "--save", "1 1"]],
];

realRedisTest("arguments are read as redis-server reads them", async (directory) => {
  const withFile = [
    ...[["--hz", "30", "--save", "2 2"], ["--save", ""], ["--nosuch", "1"], ["x"], ["--save"]],
    ...[["--client-output-buffer-limit", "replica 1 1 1"], ["-", "--hz", "50"]],
  ];
  await compare(directory, [
    ...ARGUMENTS.filter((args) => args[0] !== "--sentinel").map((args) => ({ args })),
    ...withFile.map((args) => ({ file: "hz 20\nsave 1 1\n", args })),
    { file: "hz 20", args: ["x"] },
  ]);
});

realRedisTest("standard input stands between file and arguments", async (directory) => {
  const stdin = "hz 40\nsave 2 2\n";
  await compare(directory, [
    { args: ["-"], stdin },
    { args: ["-", "--hz", "50"], stdin },
    { args: ["--hz", "50", "-"], stdin },
    { args: ["-"], stdin: "nosuch\n" },
    { file: "hz 20\nsave 1 1\n", args: ["-"], stdin },
    { file: "hz 20\nsave 1 1\n", args: ["--hz", "50", "-"], stdin },
    { file: "hz 20\nsave 1 1\n", args: ["--nosuch", "50", "-"], stdin },
    { file: "hz 20\n", args: ["--hz", "50", "-"], stdin: "hz 1\nnosuch" },
  ]);
});

Deno.test("the file that Debian ships is taken as it is", { ignore: !hasRealRedis }, () => {
  const path = "/etc/redis/redis.conf";
  const config = new Config("/");
  const host = new ConfigFilesHost(realDisk(), "/");
  host.enterDirectory = (directory) => directory;
  const command = serveCommand([path]);
  assertEquals(loadConfig(config, command, host).path, path);
  assertEquals(config.values.bind, ["127.0.0.1", "-::1"]);
  assertEquals(config.values.daemonize, true);
  assertEquals(config.values.dir, "/var/lib/redis");
  assertEquals(config.values["auto-aof-rewrite-min-size"], 64 * 1024 * 1024);
});

Deno.test("directives that are no options are kept with their place", () => {
  const reader = new ConfigReader(new Config("/"), new ConfigFilesHost(realDisk(), "/"), true);
  reader.read(`rename-command CONFIG ""\n\nuser bob on ">a b"\nsentinel monitor m 127.0.0.1 1 2\n`);
  const { renames, users, sentinel } = reader.kept;
  assertEquals(renames.map(({ words }) => words), [["CONFIG", ""]]);
  assertEquals(users.map(({ words }) => words), [["bob", "on", ">a b"]]);
  assertEquals(sentinel.map(({ words }) => words), [["monitor", "m", "127.0.0.1", "1", "2"]]);
  assertEquals(
    users[0].fail("Syntax error").fatalText("Etna 1"),
    "\n*** FATAL CONFIG FILE ERROR (Etna 1) ***\nReading the configuration file, at line 3\n" +
      `>>> 'user bob on ">a b"'\nSyntax error\n`,
  );
});

Deno.test("modules are refused in words, and an include of itself ends", async () => {
  const reader = new ConfigReader(new Config("/"), new ConfigFilesHost(realDisk(), "/"));
  assertThrows(() => reader.read("loadmodule x.so 1"), ConfigError, "Modules are not supported");
  await inTempDir((directory) => {
    Deno.writeTextFileSync(`${directory}/self.conf`, "include self.conf\n");
    const host = new ConfigFilesHost(realDisk(), directory);
    const looping = new ConfigReader(new Config(directory), host);
    assertThrows(() => looping.read("include self.conf"), ConfigOpenError, "Too many levels");
  });
});

Deno.test("the arguments that start no server are told apart", () => {
  for (const arg of ["-v", "--version"]) {
    assertEquals(parseCommandLine([arg, "--hz", "1"]), { action: "version" });
  }
  for (const arg of ["-h", "--help"]) assertEquals(parseCommandLine([arg]), { action: "help" });
  assertEquals(parseCommandLine(["--check-system"]), { action: "check-system" });
  assertEquals(parseCommandLine(["--test-memory", "5"]), { action: "test-memory", megabytes: 5 });
  assertEquals(parseCommandLine(["--test-memory"]), {
    action: "test-memory",
    megabytes: undefined,
  });
  const command = serveCommand(["s.conf", "--sentinel", "--port", "1"]);
  assertEquals(command.sentinel, true);
  assertEquals(command.optionText, 'sentinel\nport "1"');
});

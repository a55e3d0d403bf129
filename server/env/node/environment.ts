/** The environment of a server under Node or Bun: the portable transport, and no C library. */

import type { Code } from "../code.ts";
import type { Environment, Timers } from "../env.ts";
import type { LogSink } from "../log_sink.ts";
import { type Network, NOTHING_RELEASED } from "../network.ts";
import { cpuOf, type ProcessInfo } from "../process.ts";
import type { Processes } from "../processes.ts";
import { timersWithout } from "../real/environment.ts";
import { lookUp } from "../real/network.ts";
import { PortableTransport, type SocketSystem } from "../real/portable.ts";
import { nodeDisk } from "./disk.ts";
import { nodeModules } from "./modules.ts";

/** `AbortSignal.timeout` does not keep a program alive there, whatever it is to do. */
const nodeTimers: Timers = {
  ...timersWithout,
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** @param log where the server's log goes @param code where its code comes from */
export function nodeEnvironment(log: LogSink, code: Code): Environment {
  return {
    clock: { nowMs: () => Date.now(), monotonicUs: () => performance.now() * 1000 },
    timers: nodeTimers,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    disk: nodeDisk(),
    network: nodeNetwork(),
    process: nodeProcess(),
    processes: nodeProcesses,
    log,
    pageReleaser: () => NOTHING_RELEASED,
    quietUs: () => 0,
    ...code,
    close: () => {},
  };
}

function nodeNetwork(): Network {
  const { fs, os } = nodeModules();
  const system: SocketSystem = {
    // Whether one can listen is known when one does: the listener's promise tells.
    probe: (endpoint) => endpoint.kind === "unix" ? 0 : endpoint.port,
    removeFile: (path) => {
      try {
        fs.rmSync(path);
      } catch { /* there is none, or listening will say what is wrong with it */ }
    },
    setPermissions: (path, permissions) => fs.chmodSync(path, permissions),
  };
  return {
    openPoller: () => {
      throw new Error("the epoll transport needs Deno");
    },
    openTransport: (host) => new PortableTransport(host, system),
    lookup: lookUp,
    hasIpv6: () => {
      const addresses = Object.values(os.networkInterfaces()).flat();
      return addresses.some((address) => address?.family === "IPv6");
    },
    backlogLimit: () => null,
  };
}

function nodeProcess(): ProcessInfo {
  const { os } = nodeModules();
  // deno-lint-ignore no-process-global
  const self = process;
  return {
    id: self.pid,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    executable: self.execPath,
    totalMemoryBytes: os.totalmem(),
    residentBytes: () => self.memoryUsage.rss(),
    cpu: () => cpuOf(self.cpuUsage()),
  };
}

const nodeProcesses: Processes = {
  isExecutable(path) {
    const { fs } = nodeModules();
    try {
      fs.accessSync(path, fs.constants.X_OK);
      return fs.statSync(path).isFile();
    } catch {
      return false;
    }
  },
  run([path, ...args]) {
    const child = nodeModules().childProcess.spawn(path, args, { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null));
      child.once("exit", (status) => resolve(status));
    });
    return { ended, kill: () => void child.kill("SIGKILL") };
  },
  die: () => {
    // deno-lint-ignore no-process-global
    process.exit(99);
  },
};

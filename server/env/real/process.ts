/** What Deno and /proc tell of this process. */

import { cpuOf, type CpuSeconds, type ProcessInfo } from "../process.ts";

/** The kernel counts processor time in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** A value that takes a permission or a system that may not be there. */
function attempt<Value>(get: () => Value, otherwise: Value): Value {
  try {
    return get();
  } catch {
    return otherwise;
  }
}

/** The numbers of a `stat` file of /proc that follow the program's name, which may hold anything. */
function statNumbers(path: string): number[] {
  const text = attempt(() => Deno.readTextFileSync(path), "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
}

// Fields 14 to 17 of proc(5); the first number after the name is field 3.
const USER = 11;
const SYSTEM = 12;
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

function realCpu(): CpuSeconds {
  // Deno lets nobody read /proc who may not do everything; and there is none but on Linux.
  if (attempt(() => Deno.readTextFileSync("/proc/self/stat"), "") === "") {
    // deno-lint-ignore no-process-global
    return cpuOf(process.cpuUsage());
  }
  const all = statNumbers("/proc/self/stat");
  const main = statNumbers("/proc/thread-self/stat");
  const seconds = (ticks: number | undefined) => (ticks ?? 0) / TICKS_PER_SECOND;
  return {
    user: seconds(all[USER]),
    system: seconds(all[SYSTEM]),
    childrenUser: seconds(all[CHILDREN_USER]),
    childrenSystem: seconds(all[CHILDREN_SYSTEM]),
    mainThreadUser: seconds(main[USER]),
    mainThreadSystem: seconds(main[SYSTEM]),
  };
}

function realResidentBytes(): number {
  const pages = attempt(() => Deno.readTextFileSync("/proc/self/statm").split(" ")[1], "");
  if (pages !== "") return Number(pages) * PAGE_BYTES;
  return attempt(() => Deno.memoryUsage().rss, 0);
}

/** The process that this code runs in. */
export function realProcess(): ProcessInfo {
  const names: Record<string, string> = { linux: "Linux", darwin: "Darwin", windows: "Windows" };
  const { os, arch } = Deno.build;
  // Asked when somebody looks: a start need not wait for it.
  return {
    id: Deno.pid,
    get system() {
      return `${names[os] ?? os} ${attempt(() => Deno.osRelease(), "unknown")} ${arch}`;
    },
    get executable() {
      return attempt(() => Deno.execPath(), "");
    },
    get totalMemoryBytes() {
      return attempt(() => Deno.systemMemoryInfo().total, 0);
    },
    residentBytes: realResidentBytes,
    cpu: realCpu,
  };
}

/**
 * Reads CPU time and memory of processes out of Linux's /proc.
 *
 * A server may be started through a wrapper, so every reading covers the process and all of its
 * descendants; `stat` and `status` already cover all threads of a process.
 */

/** CPU time spent in user mode and in the kernel, in microseconds. */
export interface CpuTime {
  userUs: number;
  sysUs: number;
}

/** One `/proc/PID/stat` tick; USER_HZ is 100 on every Linux architecture Deno runs on. */
const tickUs = 10_000;

/**
 * Parses `/proc/PID/stat`.
 *
 * @returns own: time of all threads; reaped: time of the children the process has waited for
 */
export function parseStat(text: string): { own: CpuTime; reaped: CpuTime } {
  // The command name, field 2, stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = (field: number) => Number(fields[field - 3]) * tickUs;
  return {
    own: { userUs: ticks(14), sysUs: ticks(15) },
    reaped: { userUs: ticks(16), sysUs: ticks(17) },
  };
}

/** Parses the resident set size out of `/proc/PID/status`; in bytes, 0 for a zombie. */
export function parseRssBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Parses the time all CPUs were not idle out of `/proc/stat`; in microseconds. */
export function parseMachineBusyUs(text: string): number {
  const [user, nice, system, _idle, _iowait, irq, softirq, steal] = text
    .slice(0, text.indexOf("\n")).trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * tickUs;
}

/** The process and all of its descendants that are alive. */
export function processTree(pid: number): number[] {
  const tree = [pid];
  for (let index = 0; index < tree.length; index++) {
    for (const thread of threadsOf(tree[index])) {
      const children = readOrEmpty(`/proc/${tree[index]}/task/${thread}/children`).trim();
      if (children) tree.push(...children.split(" ").map(Number));
    }
  }
  return tree;
}

/** CPU time that the process and its descendants have used. */
export function cpuTime(pid: number): CpuTime {
  const total = { userUs: 0, sysUs: 0 };
  for (const member of processTree(pid)) {
    const stat = readOrEmpty(`/proc/${member}/stat`);
    if (!stat) continue;
    const { own } = parseStat(stat);
    total.userUs += own.userUs;
    total.sysUs += own.sysUs;
  }
  return total;
}

/**
 * CPU time of the threads now alive, to the nanosecond. Ticks of 10 ms are too coarse to tell
 * whether an idle server uses 0.1 or 0.9 per cent.
 */
export function runTimeNs(pid: number): number {
  let total = 0;
  for (const member of processTree(pid)) {
    for (const thread of threadsOf(member)) {
      total += Number(readOrEmpty(`/proc/${member}/task/${thread}/schedstat`).split(" ")[0]);
    }
  }
  return total;
}

/** Resident memory of the process and its descendants, in bytes. */
export function rssBytes(pid: number): number {
  return processTree(pid)
    .map((member) => parseRssBytes(readOrEmpty(`/proc/${member}/status`)))
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** CPU time of the whole machine, in microseconds. */
export function machineBusyUs(): number {
  return parseMachineBusyUs(Deno.readTextFileSync("/proc/stat"));
}

/** CPU time of this process and of the children it has waited for, in microseconds. */
export function ownBusyUs(): number {
  const { own, reaped } = parseStat(Deno.readTextFileSync("/proc/self/stat"));
  return own.userUs + own.sysUs + reaped.userUs + reaped.sysUs;
}

function threadsOf(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** A process may end between the listing of it and the reading of it. */
function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

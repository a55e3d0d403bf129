/** What a run was measured on. */

/** The machine, and the versions that were measured. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  kernel: string;
  deno: string;
  redis: string;
  /** The commit of Etna, with a `+` where the working tree departs from it. */
  commit: string;
  /** Load average over a minute before the run: above 0.2 or so, others disturbed it. */
  loadBefore: number;
}

/** Describes the machine and the versions. */
export async function describeMachine(): Promise<Machine> {
  const cpuInfo = Deno.readTextFileSync("/proc/cpuinfo");
  const redisVersion = await outputOf("redis-server", "--version");
  const commit = await outputOf("git", "rev-parse", "--short", "HEAD");
  const changes = await outputOf("git", "status", "--porcelain", "--untracked-files=no");
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    cpu: /^model name\s*:\s*(.*)$/m.exec(cpuInfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    kernel: Deno.osRelease(),
    deno: Deno.version.deno,
    redis: /v=(\S+)/.exec(redisVersion)?.[1] ?? "unknown",
    commit: (commit || "unknown") + (changes ? "+" : ""),
    loadBefore: Deno.loadavg()[0],
  };
}

async function outputOf(program: string, ...args: string[]): Promise<string> {
  try {
    const cwd = new URL("..", import.meta.url);
    const { stdout } = await new Deno.Command(program, { args, cwd, stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}

/** What the system tells of this process: INFO shows it. */

/** Seconds of CPU. */
export interface CpuSeconds {
  user: number;
  system: number;
  childrenUser: number;
  childrenSystem: number;
  mainThreadUser: number;
  mainThreadSystem: number;
}

/** What cannot be told is 0 or empty. */
export interface ProcessInfo {
  readonly id: number;
  /** Kernel name, release and machine. */
  readonly system: string;
  /** Path of the program that runs. */
  readonly executable: string;
  readonly totalMemoryBytes: number;
  /** Memory that the process occupies now. */
  residentBytes(): number;
  cpu(): CpuSeconds;
}

/** What Node's interface tells of it, in microseconds. */
export function cpuOf({ user, system }: { user: number; system: number }): CpuSeconds {
  return {
    user: user / 1e6,
    system: system / 1e6,
    childrenUser: 0,
    childrenSystem: 0,
    mainThreadUser: 0,
    mainThreadSystem: 0,
  };
}

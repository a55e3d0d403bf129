/** A script or function that runs: in whose name, with which rights. */

import type { Connection } from "../net/connection.ts";

/** What a shebang line or a function's registration says: bits. */
export const ScriptFlag = {
  NO_WRITES: 1,
  ALLOW_OOM: 2,
  ALLOW_STALE: 4,
  NO_CLUSTER: 8,
  ALLOW_CROSS_SLOT_KEYS: 16,
  /** It has no shebang line: what it may do is found out command by command. */
  COMPAT: 32,
} as const;

/** The flags' words, in the order in which they are listed. */
export const scriptFlagWords: readonly (readonly [word: string, bit: number])[] = [
  ["no-writes", ScriptFlag.NO_WRITES],
  ["allow-oom", ScriptFlag.ALLOW_OOM],
  ["allow-stale", ScriptFlag.ALLOW_STALE],
  ["no-cluster", ScriptFlag.NO_CLUSTER],
  ["allow-cross-slot-keys", ScriptFlag.ALLOW_CROSS_SLOT_KEYS],
];

export class Run {
  /** Who has called it. */
  caller!: Connection;
  /** A script's SHA-1, a function's name. */
  name = "";
  isFunction = false;
  /** A function's call, as it came. */
  command: readonly string[] = [];
  /** Bits of {@link ScriptFlag}. */
  flags = 0;
  /** It may not write: by its flags, or by the command that has called it. */
  readOnly = false;
  /** The slot of a cluster that its keys have, -1 = there was none yet; whether they may have several. */
  slot = -1;
  mayCross = false;
  /** Memory was over the limit when it began. */
  overMemory = false;
  /** What it does is propagated: to the append-only file and to replicas, which share one stream. */
  propagates = true;
  startUs = 0;
  startedMs = 0;
  /** It has changed something: it cannot be killed any more. */
  wrote = false;
  /** It is to end at the next look. */
  killed = false;
  /** It has run for longer than `busy-reply-threshold`: others are answered meanwhile. */
  timedOut = false;
}

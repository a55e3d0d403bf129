/**
 * What passes between the machine of the bus, which decides, and whoever carries it out: real sockets and a server,
 * or a simulation. The machine reads no clock and touches nothing.
 */

import type { Message } from "./message.ts";

export type BusEvent =
  | { on: "tick" }
  /** What was asked for with an action of this name. */
  | { on: "wake" }
  /** A link that was asked for stands, with this side's address. */
  | { on: "opened"; link: number }
  | { on: "closed"; link: number; isInbound: boolean }
  /**
   * A message has come, over a link of this node's or one that another has made.
   *
   * @property peer address of the other side, and of this one
   */
  | {
    on: "message";
    link: number;
    isInbound: boolean;
    message: Message;
    peer: string;
    local: string;
  };

export type BusAction =
  /** @property host an address, or the name of a node that cannot be reached where it was */
  | { do: "dial"; link: number; host: string; port: number }
  | { do: "close"; link: number; isInbound: boolean }
  | { do: "send"; link: number; isInbound: boolean; bytes: Uint8Array }
  /** It wants to be woken: an election begins at its moment, not at the next tick. */
  | { do: "wake"; afterMs: number }
  /** The table is to be on the disk before anything of what follows leaves. */
  | { do: "save" }
  | { do: "log"; level: "verbose" | "notice" | "warning"; text: string }
  /** Follows a primary's data, or nobody's. */
  | { do: "follow"; host: string; port: number }
  | { do: "lead" }
  /** Keys of slots that are another's now. */
  | { do: "drop"; slots: readonly number[] }
  /** Who serves what has changed. */
  | { do: "changed" }
  /** A message of Pub/Sub from another node. */
  | { do: "publish"; channel: Uint8Array; text: Uint8Array; isShard: boolean }
  /** Writes wait for the replica that takes over, until then. */
  | { do: "pause"; untilMs: number }
  | { do: "unpause" };

/** What the machine must know of the server, each time it decides. */
export interface ServerFacts {
  /** Of the stream of effects. */
  readonly offset: number;
  /** Of a replica: whether its link stands, and since when nothing has come over it, ms. */
  readonly isLinkUp: boolean;
  readonly silentMs: number;
  /** Keys of a slot. */
  keysIn(slot: number): number;
  /** All keys. */
  readonly keyCount: number;
  /** Whether anybody reads what only concerns who looks for something: it need not be said otherwise. */
  readonly logsVerbose: boolean;
}

export interface BusSettings {
  readonly nodeTimeoutMs: number;
  readonly requiresFullCoverage: boolean;
  readonly validityFactor: number;
  readonly hasNoFailover: boolean;
  readonly allowsMigration: boolean;
  readonly migrationBarrier: number;
  readonly pingPeriodMs: number;
  readonly hostname: string;
  readonly humanName: string;
  /** What is announced; "" and 0 = what is there. */
  readonly ip: string;
  readonly port: number;
  readonly plainPort: number;
  readonly busPort: number;
}

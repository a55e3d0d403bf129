/**
 * MONITOR: clients that are told of every command, one line each:
 *
 *     +1690000000.123456 [0 127.0.0.1:1234] "SET" "key" "va\nlue"
 *
 * The line follows the command's own reply, and tells of the database that the command leaves selected.
 */

import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { SCRIPT_PEER } from "../net/nobody.ts";
import { type Connection, Gate } from "../net/connection.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Clock } from "../env/clock.ts";
import type { Output } from "../net/output.ts";
import type { Reply } from "../resp/reply.ts";
import { REDACTED } from "./slowlog.ts";

/** What MONITOR needs of the server. */
export interface MonitorsNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly output: Output;
  readonly reply: Reply;
}

/** Bytes quoted at a time: an argument may be larger than a string can be. */
const PIECE_BYTES = 8192;

/** How each byte is shown within quotes. */
const quotedBytes = () =>
  Array.from({ length: 256 }, (_, byte) => {
    const escaped = ({ 7: "a", 8: "b", 9: "t", 10: "n", 13: "r", 34: '"', 92: "\\" })[byte];
    if (escaped !== undefined) return `\\${escaped}`;
    return byte >= 32 && byte < 127
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`;
  });

/** What Redis does not let a client do that follows what others do, a replica or a monitor. */
const KEYSPACE_COMMAND = flagBits.write | flagBits.readonly | flagBits.may_replicate;

/** Of clients in MONITOR. */
export const monitorGate: GateRow = {
  name: "monitor",
  connections: Gate.MONITOR,
  commands: () => 0,
  refuse: ({ connection, bits }) => {
    if ((connection.gate & Gate.MONITOR) === 0 || (bits & KEYSPACE_COMMAND) === 0) return null;
    return "ERR Replica can't interact with the keyspace";
  },
};

export class Monitors {
  readonly #all = new Set<Connection>();
  /** See {@link quotedBytes}; made for the first that comes. */
  #quoted: readonly string[] = [];

  constructor(
    readonly server: MonitorsNeeds,
    /** Hears of the first that comes and the last that goes. */
    readonly changed: () => void,
  ) {}

  get any(): boolean {
    return this.#all.size !== 0;
  }
  has(connection: Connection): boolean {
    return this.#all.has(connection);
  }
  add(connection: Connection): void {
    if (this.#quoted.length === 0) this.#quoted = quotedBytes();
    this.#all.add(connection);
    this.changed();
  }
  remove(connection: Connection): void {
    if (this.#all.delete(connection)) this.changed();
  }

  /** Tells all of the command under way, sent by `sender`. */
  tell(sender: Connection, secrets: readonly number[]): void {
    const { output } = this.server;
    const timeUs = Math.floor(this.server.clock.nowMs() * 1000);
    const time = `${Math.floor(timeUs / 1e6)}.${`${timeUs % 1e6}`.padStart(6, "0")}`;
    const head = `+${time} [${sender.db} ${sourceOf(sender)}]`;
    for (const monitor of this.#all) {
      if (monitor.closed || monitor.closeAfterReply) this.remove(monitor);
      else if (monitor === sender || monitor.replyMode !== "off") {
        output.to(monitor, () => this.#write(head, secrets));
      }
    }
  }

  #write(head: string, secrets: readonly number[]): void {
    const { core, reply } = this.server;
    reply.raw(head);
    for (let i = 0; i < core.argc; i++) {
      if (secrets.includes(i)) reply.raw(` "${REDACTED}"`);
      else this.#quote(core.argPtr(i), core.argLen(i));
    }
    reply.raw("\r\n");
  }

  #quote(ptr: number, len: number): void {
    const { core, reply } = this.server;
    let text = ' "';
    for (let from = ptr; from < ptr + len; from += PIECE_BYTES) {
      const to = Math.min(from + PIECE_BYTES, ptr + len);
      for (let at = from; at < to; at++) text += this.#quoted[core.u8[at]];
      if (to === ptr + len) break;
      reply.raw(text);
      text = "";
    }
    reply.raw(`${text}"`);
  }
}

/** Where a command came from. */
function sourceOf({ link, peer }: Connection): string {
  if (peer === SCRIPT_PEER) return "lua";
  return link.kind === "unix" ? `unix:${peer.replace(/:0$/, "")}` : peer;
}

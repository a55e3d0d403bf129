/** How CLIENT LIST describes a client: its fields, its flags, its type. */

import type { Core } from "../../../core-as/host/core.ts";
import { type Connection, Gate, READ_BYTES } from "../../net/connection.ts";
import type { Context } from "../context.ts";

export type ClientType = "normal" | "replica" | "pubsub" | "master";

/** The type that TYPE filters name, null for a word that is none. */
export function clientTypeOf(word: string): ClientType | null {
  switch (word) {
    case "slave":
      return "replica";
    case "normal":
    case "replica":
    case "pubsub":
    case "master":
      return word;
    default:
      return null;
  }
}

/** The type that a client is of. */
export function typeOfClient(connection: Connection): ClientType {
  if (connection.reader !== null) return "master";
  if (connection.replica !== null) return "replica";
  return connection.subscribed ? "pubsub" : "normal";
}

function trackingFlags({ tracking }: Connection): string {
  if (tracking === null) return "";
  return "t" + (tracking.broken ? "R" : "") + (tracking.broadcast ? "B" : "");
}

/** One letter for each thing that is special about a client, `N` where nothing is. */
function flags(connection: Connection): string {
  const letters = ((connection.gate & Gate.MONITOR) !== 0 ? "O" : "") +
    (connection.replica !== null ? "S" : "") +
    (connection.reader !== null ? "M" : "") +
    (connection.subscribed ? "P" : "") +
    (connection.transaction !== null ? "x" : "") +
    ((connection.gate & Gate.READS_REPLICA) !== 0 ? "r" : "") +
    (connection.paused || connection.wait !== null ? "b" : "") +
    trackingFlags(connection) +
    (connection.watchedChanged ? "d" : "") +
    (connection.closeAfterReply ? "c" : "") +
    (connection.closed ? "A" : "") +
    (connection.link.kind === "unix" ? "U" : "") +
    (connection.noEvict ? "e" : "") +
    ((connection.gate & Gate.NO_TOUCH) !== 0 ? "T" : "");
  return letters === "" ? "N" : letters;
}

/** What of the input is in the query buffer: of the client being served, all that was read at once. */
function queryBuffer(core: Core, connection: Connection, served: boolean) {
  const { at, u32, x } = core;
  let bytes = 0;
  let capacity = 0;
  const { partial } = connection;
  if (served) {
    const own = u32[at.IN_PARTIAL];
    bytes = u32[at.IN_END] - (own === 0 ? at.INPUT : u32[own >>> 2]);
    capacity = own === 0 ? READ_BYTES : x.partialCapacity(own);
  } else if (partial !== 0) {
    bytes = x.partialBytes(partial);
    capacity = x.partialCapacity(partial);
  }
  return { bytes, freeBytes: capacity - bytes };
}

function argumentBytes(core: Core): number {
  let bytes = 0;
  for (let i = 0; i < core.argc; i++) bytes += core.argLen(i);
  return bytes;
}

/** The line of a client. `c` is the command that asks. */
export function clientLine(c: Context, connection: Connection): string {
  const { server, core } = c;
  const served = connection === c.connection;
  const query = queryBuffer(core, connection, served);
  const argvBytes = served ? argumentBytes(core) : 0;
  const output = server.output.held(connection);
  const { transaction } = connection;
  const totalBytes = server.clientMemory.bytesOf(connection) + argvBytes + output.arenaBytes +
    output.chunkBytes - connection.chainBytes;
  const last = connection.lastCommand < 0
    ? "NULL"
    : server.registry.all[connection.lastCommand].name;
  return `id=${connection.id} addr=${connection.peer} laddr=${connection.local}` +
    ` fd=${connection.link.fd} name=${connection.name}` +
    ` age=${server.nowSeconds - Math.floor(connection.createdMs / 1000)}` +
    ` idle=${server.nowSeconds - connection.activeSeconds}` +
    ` flags=${flags(connection)} db=${connection.db}` +
    ` sub=${connection.channelCount} psub=${connection.patternCount}` +
    ` ssub=${connection.shardChannelCount} multi=${
      transaction === null ? -1 : transaction.ids.length
    }` +
    ` qbuf=${query.bytes} qbuf-free=${query.freeBytes} argv-mem=${argvBytes} multi-mem=${
      transaction?.bytes ?? 0
    }` +
    // No connection has a reply buffer of its own: the turn's arena serves them all.
    ` rbs=0 rbp=0 obl=${output.arenaBytes} oll=${output.chunks} omem=${output.chunkBytes}` +
    ` tot-mem=${totalBytes} events=${connection.sending ? "rw" : "r"} cmd=${last}` +
    ` user=${connection.user.name} redir=${
      connection.tracking?.redirect ?? -1
    } resp=${connection.resp}` +
    ` lib-name=${connection.libName} lib-ver=${connection.libVersion}\n`;
}

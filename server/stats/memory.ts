/** Where the memory is: what INFO memory, MEMORY STATS and MEMORY DOCTOR tell. */

import type { Core } from "../../core-as/host/core.ts";
import type { ProcessInfo } from "../env/process.ts";
import type { ClientMemory } from "../net/client_memory.ts";
import type { Clients } from "../net/clients.ts";

/** What the account of memory needs of the server. */
export interface MemoryNeeds {
  readonly core: Core;
  readonly process: ProcessInfo;
  readonly clients: Clients;
  readonly clientMemory: ClientMemory;
  readonly propagation: {
    readonly stream: { readonly backlog: { readonly heldBytes: number } };
  };
  /** Memory in use when the server had just been made. */
  readonly startupBytes: number;
}

const PAGE_BYTES = 4096;

/** Tables of one database, in bytes. */
export interface DatabaseOverhead {
  db: number;
  keysTable: number;
  expiresTable: number;
}

/** All in bytes. */
export interface MemoryFigures {
  /** In live blocks: what maxmemory limits. */
  used: number;
  peak: number;
  /** In use when the server had just been made. */
  startup: number;
  resident: number;
  /** Buffers of clients that are not replicas. */
  clients: number;
  databases: DatabaseOverhead[];
  /** All that is not data: startup, buffers, tables, the backlog. */
  overhead: number;
  dataset: number;
  keys: number;
  /** Pages that hold live blocks, and all those that are or were in use and may still be occupied. */
  active: number;
  mapped: number;
  /** What the core can address, 4 GiB at most, and how much of it no page in use takes: at 0 writes are refused. */
  addressable: number;
  addressableLeft: number;
}

export function memoryFigures(server: MemoryNeeds): MemoryFigures {
  const { core } = server;
  const { x, u32, at } = core;
  const used = core.usedBytes;
  let clients = 0;
  for (const connection of server.clients.all.values()) {
    clients += server.clientMemory.bufferBytes(connection);
  }
  const databases: DatabaseOverhead[] = [];
  let keys = 0;
  let tables = 0;
  for (let db = 0; db < u32[at.DATABASE_COUNT]; db++) {
    const size = x.databaseSize(db);
    if (size === 0) continue;
    keys += size;
    const [keysTable, expiresTable] = [x.keysTableBytes(db), x.expiresTableBytes(db)];
    tables += keysTable + expiresTable;
    databases.push({ db, keysTable, expiresTable });
  }
  const resident = server.process.residentBytes();
  const active = u32[at.USED_PAGES] * PAGE_BYTES;
  const backlog = server.propagation.stream.backlog.heldBytes;
  const overhead = Math.min(used, server.startupBytes + clients + tables + backlog);
  return {
    used,
    peak: Math.max(used, core.u64(at.PEAK_BYTES)),
    startup: server.startupBytes,
    resident,
    clients,
    databases,
    overhead,
    dataset: used - overhead,
    keys,
    active,
    addressable: u32[at.LIMIT_PAGE] * PAGE_BYTES - at.HEAP,
    addressableLeft: u32[at.LIMIT_PAGE] * PAGE_BYTES - at.HEAP - active,
    mapped: Math.max(active, Math.min(resident, u32[at.TOP_PAGE] * PAGE_BYTES - at.HEAP)),
  };
}

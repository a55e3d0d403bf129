/**
 * Broadcasts: clients that want to hear of every changed key with a prefix. What changes in a turn is
 * gathered and sent at its end, one message for each prefix, its keys in order.
 */

import type { Connection } from "../net/connection.ts";

interface Prefix {
  readonly clients: Set<Connection>;
  /** Keys changed in this turn, each with the client that was the last to change it, if one was. */
  readonly changed: Map<string, Connection | null>;
}

export class Broadcasts {
  readonly #prefixes = new Map<string, Prefix>();
  #pending = false;

  /** Prefixes that somebody listens to. */
  get count(): number {
    return this.#prefixes.size;
  }

  add(prefix: string, client: Connection): void {
    let known = this.#prefixes.get(prefix);
    if (known === undefined) {
      known = { clients: new Set(), changed: new Map() };
      this.#prefixes.set(prefix, known);
    }
    known.clients.add(client);
  }

  remove(prefix: string, client: Connection): void {
    const known = this.#prefixes.get(prefix);
    if (known?.clients.delete(client) && known.clients.size === 0) this.#prefixes.delete(prefix);
  }

  /** A key was changed, by a client or by itself. */
  touched(key: string, by: Connection | null): void {
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue;
      changed.set(key, by);
      this.#pending = true;
    }
  }

  /** Calls `send` for each client with the keys that it is to hear of. */
  flush(send: (client: Connection, keys: readonly string[]) => void): void {
    if (!this.#pending) return;
    this.#pending = false;
    for (const prefix of [...this.#prefixes.keys()].sort()) {
      const { clients, changed } = this.#prefixes.get(prefix)!;
      if (changed.size === 0) continue;
      const keys = [...changed.keys()].sort();
      for (const client of clients) {
        const heard = client.tracking?.noLoop
          ? keys.filter((key) => changed.get(key) !== client)
          : keys;
        if (heard.length !== 0) send(client, heard);
      }
      changed.clear();
    }
  }
}

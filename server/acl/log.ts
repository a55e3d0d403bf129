/** ACL LOG: what was refused, the newest first; the same again within a minute counts as one. */

/** Something that was refused. */
export interface Refused {
  readonly reason: "command" | "key" | "channel" | "auth" | "tls-cert";
  readonly context: "toplevel" | "multi" | "lua";
  /** The command, key or channel, one character a byte. */
  readonly object: string;
  readonly userName: string;
}

export interface LoggedRefusal extends Refused {
  readonly id: number;
  count: number;
  readonly createdMs: number;
  updatedMs: number;
  /** As in CLIENT LIST, when it was last refused. */
  client: string;
}

/** The same is what comes again so soon, ... */
const SAME_MS = 60_000;
/** ... looked for among so many of the newest. */
const COMPARED = 10;

/** None of any reason. */
const NONE = { auth: 0, command: 0, key: 0, channel: 0, "tls-cert": 0 };

/** What the log needs of the server. */
export interface AclLogNeeds {
  readonly nowMs: number;
  readonly config: { readonly values: { readonly "acllog-max-len": number | bigint } };
}

export class AclLog {
  /** How often each reason was met since the start or CONFIG RESETSTAT. */
  readonly counts = { ...NONE };
  #entries: LoggedRefusal[] = [];
  #nextId = 0;

  constructor(readonly server: AclLogNeeds) {}

  add(refused: Refused, client: string): void {
    this.counts[refused.reason]++;
    const { nowMs } = this.server;
    const at = this.#entries.slice(0, COMPARED).findIndex((entry) =>
      entry.reason === refused.reason && entry.context === refused.context &&
      nowMs - entry.updatedMs <= SAME_MS && entry.object === refused.object &&
      entry.userName === refused.userName
    );
    if (at >= 0) {
      const [entry] = this.#entries.splice(at, 1);
      entry.count++;
      entry.updatedMs = nowMs;
      entry.client = client;
      this.#entries.unshift(entry);
      return;
    }
    const id = this.#nextId++;
    this.#entries.unshift({ ...refused, id, count: 1, createdMs: nowMs, updatedMs: nowMs, client });
    const longest = Number(this.server.config.values["acllog-max-len"]);
    if (this.#entries.length > longest) this.#entries.length = longest;
  }

  latest(count: number): readonly LoggedRefusal[] {
    return this.#entries.slice(0, count);
  }

  clear(): void {
    this.#entries = [];
  }

  resetCounts(): void {
    Object.assign(this.counts, NONE);
  }
}

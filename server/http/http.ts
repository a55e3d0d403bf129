/** HTTP: what its clients share. */

import { Tokens } from "../acl/tokens.ts";
import { flagBits } from "../commands/facts.ts";
import type { CallArgument } from "../net/loopback.ts";
import type { HttpHost } from "./host.ts";
import { JsonWriter } from "./json.ts";
import { SyncTokens } from "./sync.ts";
import type { Upstreams } from "./upstream.ts";

export class Http {
  readonly tokens: Tokens;
  readonly sync: SyncTokens;
  /** Answers are written here, one at a time. */
  readonly writer = new JsonWriter();

  /** The way to a replica's primary, once there is a network. */
  upstreams: Upstreams | null = null;

  constructor(readonly host: HttpHost) {
    this.tokens = new Tokens(host);
    this.sync = new SyncTokens(host);
  }

  /** Whether what is to be written is left to the primary. */
  get forwards(): boolean {
    const { role, config } = this.host;
    return role.isReplica && this.upstreams !== null && config.values["http-forward-writes"];
  }

  /** Whether a command of that name reads, and does nothing else. */
  reads(name: CallArgument): boolean {
    const word = name instanceof Uint8Array ? String.fromCharCode(...name) : `${name}`;
    return ((this.host.registry.find(word)?.bits ?? 0) & flagBits.readonly) !== 0;
  }

  close(): void {
    this.upstreams?.close();
    this.sync.close();
  }
}

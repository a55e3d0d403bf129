/** HTTP: what its clients share. */

import { Tokens } from "../acl/tokens.ts";
import type { User } from "../acl/users.ts";
import { type CommandFacts, flagBits } from "../commands/facts.ts";
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
    return ((this.#named(name)?.bits ?? 0) & flagBits.readonly) !== 0;
  }

  /**
   * Whether a command may be left to the primary, which runs it as whoever this replica is there. What it touches must
   * have been looked at here for that: of scripts, and of SORT by other keys, it is only known as they run.
   */
  mayForward(name: CallArgument, user: User): boolean {
    const command = this.#named(name);
    if (user.unrestricted) return true;
    // One that was renamed may be anything.
    if (command === undefined || command.spec.group === "scripting") return false;
    return command.name !== "sort" || user.readsAllKeys;
  }

  #named(name: CallArgument): CommandFacts | undefined {
    const word = name instanceof Uint8Array ? String.fromCharCode(...name) : `${name}`;
    return this.host.registry.find(word);
  }

  close(): void {
    this.upstreams?.close();
    this.sync.close();
  }
}

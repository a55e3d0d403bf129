/** What HTTP needs of the server, and of whatever carries its requests and answers. */

import type { Core } from "../../core-as/host/core.ts";
import type { TokensNeeds } from "../acl/tokens.ts";
import type { User } from "../acl/users.ts";
import type { CommandFacts } from "../commands/facts.ts";
import type { Config } from "../config/config.ts";
import type { Timers } from "../env/env.ts";
import type { Link } from "../env/network.ts";
import type { Connection } from "../net/connection.ts";
import type { Replication } from "../propagation/replication.ts";
import type { Role } from "../propagation/role.ts";
import type { Output } from "../net/output.ts";

export interface HttpHost extends TokensNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly output: Output;
  readonly timers: Timers;
  readonly nowSeconds: number;
  readonly stats: { inputBytes: number };
  readonly nowMs: number;
  readonly registry: { find(name: string): CommandFacts | undefined };
  readonly role: Role;
  readonly replication: Replication | null;
  readonly clients: { userChanged(connection: Connection): void };
  readonly access: { refusedToken(connection: Connection): void };
  accepted(link: Link, peer: string, local: string, user?: User): Connection | string;
  serve(connection: Connection): void;
  closeSoon(connection: Connection): void;
  lost(connection: Connection, reason: string): void;
  defer(serve: () => void): void;
}

/** A request as the REST interface reads it. */
export interface RestRequest {
  readonly method: string;
  /** Path and query as they came, one character a byte. */
  readonly target: string;
  readonly headers: { get(name: string): string | null | undefined };
}

/** Takes a client's answers where they belong: to a socket, or to whoever called. */
export interface Carrier {
  readonly kind: Link["kind"];
  readonly fd: number;
  /** No more can be taken at the moment; {@link Rest.goOn} is called when it can. */
  readonly full: boolean;
  /** A whole answer. @param headers lines, each with its end @param body bytes of the writer, from `from` */
  answer(status: number, headers: string, body: Uint8Array, from: number, to: number): void;
  /** The beginning of an answer without an end. */
  begin(status: number, headers: string): void;
  /** More of it. */
  more(body: Uint8Array, from: number, to: number): void;
  /** From here on the bytes are the other protocol's. @returns whether that can be */
  upgrade(): boolean;
  setReading(reading: boolean): void;
  /** Called about once a second. */
  look?(nowSeconds: number): void;
  /** The client is gone: killed, or too slow. */
  closed(): void;
}

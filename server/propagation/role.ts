/** What this server is to the data set: the primary, or the replica of one; and which history it has. */

import type { Random } from "../env/env.ts";

/** What the role needs of the server. */
export interface RoleNeeds {
  readonly random: Random;
  /** Where the stream of effects is. */
  readonly propagation: { readonly offset: number };
}

/** No history before this one. */
const NO_ID = "0".repeat(40);

export class Role {
  /** Whose replica it is; null for a primary. */
  primary: { host: string; port: number } | null = null;
  /** 40 hex digits that name the history of the data set, and the one that it continues. */
  id: string;
  secondId = NO_ID;
  /** Up to which offset the second one holds, -1 without. */
  secondOffset = -1;

  constructor(readonly server: RoleNeeds) {
    this.id = randomId(server.random);
  }

  get isReplica(): boolean {
    return this.primary !== null;
  }
  /** As INFO, HELLO and ROLE call it. */
  get word(): "master" | "slave" {
    return this.isReplica ? "slave" : "master";
  }
  /** The letter in the log. */
  get letter(): "M" | "S" {
    return this.isReplica ? "S" : "M";
  }
  /** Bytes of the history so far. */
  get offset(): number {
    return this.server.propagation.offset;
  }

  /** A replica becomes a primary: its history goes on under another name, and is known by the one before. */
  succeed(): void {
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = randomId(this.server.random);
  }

  /** The data set begins another history. */
  renew(): void {
    this.id = randomId(this.server.random);
    this.secondId = NO_ID;
    this.secondOffset = -1;
  }
}

/** 40 random hex digits. */
export function randomId(random: Random): string {
  return Array.from(random.bytes(20), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

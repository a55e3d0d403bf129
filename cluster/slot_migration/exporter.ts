/** The source's side of a migration under way: the link to the target, and what goes over it. */

import { requestOf } from "../replication/request.ts";
import { TargetLink, type TargetUser } from "../migration/target_link.ts";
import type { Caller } from "../../server/env/network.ts";
import type { Follower, Place } from "../../server/propagation/stream.ts";
import { Paced } from "../../server/loop/paced.ts";
import type { Server } from "../../server/server.ts";
import { Cut } from "./cut.ts";
import type { Job } from "./job.ts";
import { OperationFilter, Untold } from "./operations.ts";

/** Who is told what happens. */
export interface LinkHost {
  opened(id: string): void;
  closed(id: string, reason: string): void;
  answered(id: string, line: string): void;
  exported(id: string): void;
  broken(id: string, reason: string): void;
}

/** Keys encoded between looks at the clock. */
const KEYS_AT_ONCE = 32;
/** No more keys are encoded while so much waits for the socket. */
const WAITING_BYTES = 1 << 20;

/** A link over which one side asks the other: lines come back. */
export class AskingLink implements TargetUser {
  readonly link: TargetLink;
  #isDialed = false;
  /** Answers to AUTH are not the job's. */
  #authentications = 0;

  constructor(readonly server: Server, readonly host: LinkHost, readonly job: Job) {
    this.link = new TargetLink(server, `slot migration ${job.id}`);
    this.link.user = this;
  }

  dial(dial: (caller: Caller) => () => void): void {
    this.#isDialed = true;
    this.link.dial(dial);
  }

  connected(): void {
    // The connection is the link's once this has returned.
    this.server.defer(() => {
      if (!this.link.isOpen) return;
      const { masteruser, masterauth } = this.server.config.values;
      if (masterauth !== "") {
        this.#authentications = 1;
        const words = masteruser === "" ? [masterauth] : [masteruser, masterauth];
        this.#write(["AUTH", ...words.map((word) => this.server.core.toBinary(word))]);
      }
      this.host.opened(this.job.id);
    });
  }
  unreachable(reason: string): void {
    this.server.defer(() => this.host.closed(this.job.id, reason));
  }
  answered(line: string): void {
    if (this.#authentications > 0) {
      this.#authentications--;
      if (line[0] === "-") this.host.broken(this.job.id, `authentication failed: ${line.slice(1)}`);
      return;
    }
    this.host.answered(this.job.id, line);
  }
  lost(): void {
    if (this.#isDialed) this.host.closed(this.job.id, "");
  }

  send(words: readonly string[]): void {
    this.#write(["CLUSTER", "SYNCSLOTS", ...words]);
  }
  /** @param words one character a byte */
  #write(words: readonly string[]): void {
    const text = requestOf(words);
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    if (this.link.isOpen) this.server.output.append(this.link.connection!, bytes);
    this.server.wake();
  }

  close(): void {
    this.link.close();
  }
}

export class Exporter extends AskingLink {
  /** Bytes of what happened that were sent since the last PING. */
  bytesBehind = 0;
  #place: Place | null = null;
  #cut: Cut;
  #filter: OperationFilter;
  #isWaiting = false;
  readonly #slices: Paced;

  constructor(server: Server, host: LinkHost, job: Job) {
    super(server, host, job);
    this.#slices = new Paced(server, (endUs) => this.#slice(endUs));
    this.#cut = new Cut(job.slots, server.databases.count);
    this.#filter = new OperationFilter(server, this.#cut, {
      pass: (ptr, len) => this.#append(server.core.bytes(ptr, len)),
      select: (db) => {
        const words = requestOf(["SELECT", `${db}`]);
        this.#append(new TextEncoder().encode(words));
      },
      image: (db, key) => {
        const { core, output } = server;
        const { connection } = this.link;
        if (connection === null) return;
        const write = () => output.to(connection, () => core.x.keyExport(db, 0));
        core.withArguments([key], write);
      },
    });
  }

  #append(bytes: Uint8Array): void {
    this.bytesBehind += bytes.length;
    const { connection } = this.link;
    if (connection === null || connection.closed) return;
    if (!this.server.output.append(connection, bytes)) this.#broken("no memory for what happens");
  }

  // ---- the keys ---------------------------------------------------------------------------------

  /** Sends all keys, and from each one's sending on what happens to it. */
  begin(): void {
    this.#place = this.server.propagation.follow(this.#follower);
    this.#slices.wake();
  }

  /** @returns whether there is more to send at once */
  #slice(endUs: number): boolean {
    const { server } = this;
    const { connection } = this.link;
    if (this.#place === null || connection === null || connection.closed) return false;
    if (connection.chainBytes > WAITING_BYTES) {
      this.#isWaiting = true;
      return false;
    }
    // What has happened so far is in the keys that are sent now, and must not follow them.
    server.propagation.drain();
    const { core } = server;
    // Once in any case: what came before may have taken the whole slice.
    for (let isFirst = true; !this.#cut.isAtEnd; isFirst = false) {
      if (!isFirst && server.clock.monotonicUs() >= endUs) break;
      const { slot, db, cursor } = this.#cut;
      this.#filter.select(db);
      let next = 0;
      server.output.to(connection, () => {
        next = core.x.slotExport(db, slot, cursor, KEYS_AT_ONCE);
      });
      this.#cut.advance(next === core.at.SLOT_END ? null : next);
      if (connection.closed) return false;
    }
    if (this.#cut.isAtEnd) this.host.exported(this.job.id);
    return !this.#cut.isAtEnd;
  }

  drained(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#slices.wake();
  }

  // ---- what happens -----------------------------------------------------------------------------

  readonly #follower: Follower = {
    more: (place) => {
      try {
        place.pieces((ptr, len) => this.#filter.take(ptr, len));
        this.#filter.settle();
      } catch (error) {
        if (!(error instanceof Untold)) throw error;
        this.#broken(error.message);
      }
      place.take(place.behind);
      this.#checkOutput();
      return true;
    },
    lost: () => {
      this.#broken("changes are lost, as memory is out");
      return true;
    },
  };

  #checkOutput(): void {
    const { connection } = this.link;
    const most = this.server.output.hardLimits.replica;
    if (connection === null || most === 0 || connection.chainBytes <= most) return;
    this.#broken("more has piled up than client-output-buffer-limit allows");
  }

  #broken(reason: string): void {
    this.server.defer(() => this.host.broken(this.job.id, reason));
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#slices.close();
    if (this.#place !== null) this.server.propagation.leave(this.#place);
    this.#place = null;
  }

  override close(): void {
    this.stop();
    super.close();
  }
}

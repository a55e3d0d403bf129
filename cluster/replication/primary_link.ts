/**
 * The link of a replica to its primary.
 *
 * ```
 *  connect -> connecting -> handshake: PING, AUTH, REPLCONF ..., PSYNC id offset
 *                               |                     |
 *                          +FULLRESYNC           +CONTINUE
 *                               v                     |
 *                             sync: the data set      |
 *                               |  is loaded          |
 *                               v                     v
 *                           connected: commands, REPLCONF ACK each second
 * ```
 *
 * A link that breaks anywhere goes back to `connect`; tries come at growing intervals. What was applied before
 * stays, and the next PSYNC asks for what follows it.
 */

import { CommandReader, StreamError } from "../../server/commands/command_reader.ts";
import type { Caller, Destination, Link, TlsOptions } from "../../server/env/network.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Connection, LinkReader } from "../../server/net/connection.ts";
import type { LinkFacts } from "../../server/propagation/replication.ts";
import type { Server } from "../../server/server.ts";
import { REDIS_VERSION } from "../../server/version.ts";
import type { Taker } from "./data_set.ts";
import { EmptyPrimary } from "./empty_data_set.ts";
import { LinkSource, MARK_BYTES } from "./link_source.ts";
import { RelayBuffer } from "./relay_buffer.ts";
import { requestOf } from "./request.ts";

/** What the link needs beside the server. */
export interface LinkSurroundings {
  dial(destination: Destination, caller: Caller): () => void;
  /** Where clients reach this server. */
  port(): number;
  /** What the primary is shown. @throws Error that says what is wrong with it */
  tls(): TlsOptions;
  /** A data set in place of what there is, see {@link takeDataSet}. */
  take(source: LinkSource, taker: Taker): Promise<number | null>;
  /** The history goes on under another name. */
  renamed(): void;
  /** Another data set is there. */
  replaced(): void;
  /** The replica that was asked to take over does, or does not. */
  tookOver(): void;
  refusedToTakeOver(): void;
}

/** Whom a link leads to. */
export interface LinkTarget {
  readonly host: string;
  readonly port: number;
  /** It is a replica that is to take this one's role over. */
  readonly takesOver: boolean;
}

/** Between tries a twentieth of the time passes that the link has been down, but no less than this ... */
const LEAST_RETRY_MS = 50;
/** ... and no more than this. */
const MOST_RETRY_MS = 1000;
const ACK_MS = 1000;
/** No line of the handshake is longer. */
const LINE_BYTES = 1024;
/** How often the primary hears of a replica that loads. */
const ALIVE_MS = 1000;
/** What the log says of a primary that falls silent, by where the link is; before these it is being made. */
const TIMED_OUT: Partial<Record<LinkFacts["state"], string>> = {
  sync:
    "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' " +
    "parameter in redis.conf to a larger value.",
  connected: "MASTER timeout: no data nor PING received...",
};

type Stage = LinkFacts["state"] | "transfer head" | "transfer";

export class PrimaryLink implements LinkReader, Caller, LinkFacts {
  readonly isClient = true;
  heardMs = 0;
  downSinceMs: number;
  #stage: Stage = "connect";
  #connection: Connection | null = null;
  /** Gives up a connection that is being made, and the next try. */
  #cancel: () => void = () => {};
  /** Half a line, one character a byte. */
  #line = "";
  /** What is done with the next line. */
  #expect: (line: string) => void = () => {};
  #history = { id: "?", offset: -1 };
  #source: LinkSource | null = null;
  #reader: CommandReader | null = null;
  /** Bytes of the stream that came before the data set was loaded. */
  #early: Uint8Array[] = [];
  readonly #relay: RelayBuffer;
  #over = false;
  #isAsked = false;
  refusedEmpty = false;
  readonly host: string;
  readonly port: number;
  /**
   * What is to be heard of taking over. Where the link broke before there was an answer, the replica is asked by a
   * usual PSYNC first: it may be the primary by now, and would refuse to become it.
   */
  #takingOver: "to be asked" | "asked" | "unsure" | "done";

  constructor(
    readonly server: Server,
    readonly surroundings: LinkSurroundings,
    { host, port, takesOver }: LinkTarget,
    /** The history in memory is one that the primary may know. */
    readonly continues: () => boolean,
  ) {
    this.host = host;
    this.port = port;
    this.#takingOver = takesOver ? "to be asked" : "done";
    this.downSinceMs = server.nowMs;
    this.#relay = new RelayBuffer(server);
    this.#try(0);
  }

  get state(): LinkFacts["state"] {
    if (this.#stage === "transfer head" || this.#stage === "transfer") return "sync";
    return this.#stage;
  }
  get transfer(): LinkFacts["transfer"] {
    if (this.#source === null) return null;
    return { bytes: this.#source.arrivedBytes, totalBytes: this.#source.totalBytes ?? -1 };
  }
  get connection(): Connection | null {
    return this.#connection;
  }

  // ---- connecting -------------------------------------------------------------------------------

  #try(afterMs: number): void {
    this.#setStage("connect");
    this.#cancel = this.server.timers.after(afterMs, () => this.server.defer(() => this.#dial()));
  }

  #dial(): void {
    if (this.#over) return;
    const { server, host, port } = this;
    const { values } = server.config;
    this.#setStage("connecting");
    server.log.notice(`Connecting to MASTER ${host}:${port}`);
    const from = values["bind-source-addr"] ?? "";
    try {
      const tls = values["tls-replication"] ? this.surroundings.tls() : null;
      this.#cancel = this.surroundings.dial({ host, port, tls, from }, this);
    } catch (error) {
      this.failed(wordsOf(error));
    }
  }

  failed(reason: string): void {
    if (this.#over) return;
    this.server.log.warning(`Unable to connect to MASTER: ${reason}`);
    this.#again();
  }

  #again(): void {
    const downMs = this.server.nowMs - this.downSinceMs;
    this.#try(Math.max(LEAST_RETRY_MS, Math.min(downMs / 20, MOST_RETRY_MS)));
  }

  connected(link: Link, peer: string, local: string): Connection | null {
    if (this.#over) return null;
    const { server } = this;
    const connection = server.clients.adopt(server.nowMs, this, link, peer, local);
    this.#connection = connection;
    this.#line = "";
    this.heardMs = server.nowMs;
    this.#setStage("handshake");
    this.#ask("PING", (line) => this.#greeted(line));
    return connection;
  }

  // ---- the handshake ----------------------------------------------------------------------------

  #send(...words: string[]): void {
    this.#sendRaw(requestOf(words));
  }

  /** @param text one character a byte */
  #sendRaw(text: string): void {
    this.#write(text);
    this.server.wake();
  }

  /** Sends when a turn ends. @param text one character a byte */
  #write(text: string): void {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    this.server.output.append(this.#connection!, bytes);
  }

  #ask(word: string, answered: (line: string) => void): void {
    this.#expect = answered;
    this.#send(word);
  }

  #greeted(line: string): void {
    const { server } = this;
    if (!/^(\+|-NOAUTH|-NOPERM|-ERR operation not permitted)/.test(line)) {
      return this.#fail(`Error reply to PING from master: '${line}'`);
    }
    const { masterauth, masteruser } = server.config.values;
    if (masterauth === "") return this.#introduce();
    const secret = server.core.toBinary(masterauth);
    this.#expect = (reply) => {
      if (reply[0] === "-") return this.#fail(`Unable to AUTH to MASTER: ${reply}`);
      this.#introduce();
    };
    this.#send("AUTH", ...(masteruser === "" ? [] : [server.core.toBinary(masteruser)]), secret);
  }

  #introduce(): void {
    const { values } = this.server.config;
    const own = values["tls-replication"] && values["tls-port"] || this.surroundings.port();
    const port = values["replica-announce-port"] || own;
    const requests = [["REPLCONF", "listening-port", `${port}`]];
    const host = values["replica-announce-ip"];
    if (host !== "") requests.push(["REPLCONF", "ip-address", host]);
    requests.push(["REPLCONF", "capa", "eof", "capa", "psync2"]);
    requests.push(["REPLCONF", "version", REDIS_VERSION]);
    let left = requests.length;
    this.#expect = (line) => {
      if (line[0] === "-") {
        this.server.log.notice(`(Non critical) Master does not understand a REPLCONF: ${line}`);
      }
      if (--left === 0) this.#synchronize();
    };
    for (const words of requests) this.#send(...words);
  }

  #synchronize(): void {
    const { role, propagation } = this.server;
    const goesOn = this.continues();
    this.#expect = (line) => this.#answered(line);
    if (!goesOn) return this.#send("PSYNC", "?", "-1");
    this.server.log.notice(
      `Trying a partial resynchronization (request ${role.id}:${propagation.offset + 1}).`,
    );
    const asks = this.#takingOver === "to be asked";
    if (asks) this.#takingOver = "asked";
    else if (this.#takingOver === "asked") this.#takingOver = "unsure";
    this.#send("PSYNC", role.id, `${propagation.offset + 1}`, ...asks ? ["FAILOVER"] : []);
  }

  /** A replica that was to take over has answered. @returns whether that was all */
  #answeredTakingOver(line: string): boolean {
    const wasAsked = this.#takingOver;
    if (wasAsked === "done") return false;
    if (/^\+(FULLRESYNC|CONTINUE)/.test(line)) {
      this.#takingOver = "done";
      this.surroundings.tookOver();
      return false;
    }
    if (wasAsked === "unsure") {
      // It was started anew, as what it will say then.
      if (line.startsWith("-LOADING")) return false;
      if (line.startsWith("-NOMASTERLINK")) {
        this.#takingOver = "to be asked";
        this.#synchronize();
        return true;
      }
    }
    this.server.log.notice(
      `Master does not support PSYNC or is in error state (reply: ${line})`,
    );
    this.surroundings.refusedToTakeOver();
    return true;
  }

  #answered(line: string): void {
    const { server } = this;
    if (this.#answeredTakingOver(line)) return;
    const [word, id, offset] = line.split(" ");
    if (word === "+FULLRESYNC" && /^[0-9a-f]{40}$/.test(id) && /^\d+$/.test(offset)) {
      server.log.notice(`Full resync from master: ${id}:${offset}`);
      this.#history = { id, offset: Number(offset) };
      this.#expect = (head) => this.#transferBegins(head);
      this.#setStage("transfer head");
    } else if (word === "+CONTINUE") {
      server.log.notice("Successful partial resynchronization with master.");
      const { role, propagation } = server;
      if (id !== undefined && id !== role.id) {
        role.secondId = role.id;
        role.secondOffset = propagation.offset + 1;
        role.id = id;
        server.log.notice(`Master replication ID changed to ${id}`);
        this.surroundings.renamed();
      }
      this.#stream(Math.max(0, propagation.database));
    } else if (/^-(NOMASTERLINK|LOADING)/.test(line)) {
      this.#fail(`Master is currently unable to PSYNC but should be in the future: ${line}`);
    } else this.#fail(`Unexpected reply to PSYNC from master: ${line}`);
  }

  // ---- the data set -----------------------------------------------------------------------------

  #transferBegins(head: string): void {
    const mark = /^\$EOF:([0-9a-zA-Z]{40})$/.exec(head)?.[1];
    const length = /^\$(\d+)$/.exec(head)?.[1];
    if (mark === undefined && length === undefined) {
      return this.#fail(
        head[0] === "-"
          ? `MASTER aborted replication with an error: ${head.slice(1)}`
          : `Bad protocol from MASTER, the first byte is not '$' (we received '${head}')`,
      );
    }
    this.server.log.notice(
      `MASTER <-> REPLICA sync: receiving ${length ?? "streamed RDB"} ${
        length ? "bytes " : ""
      }from master`,
    );
    const link = this.#connection!.link;
    const source = new LinkSource(
      length === undefined ? null : Number(length),
      mark ?? "-".repeat(MARK_BYTES),
      (reading) => link.setReading(reading),
    );
    this.#source = source;
    this.#setStage("transfer");
    void this.#load(source, this.#connection!);
  }

  /** Takes the data set in place of what there is. */
  async #load(source: LinkSource, connection: Connection): Promise<void> {
    const { server, surroundings } = this;
    const isCurrent = () => !this.#over && this.#connection === connection;
    try {
      const database = await surroundings.take(source, {
        isSameHistory: this.continues() && this.#history.id === server.role.id,
        isCurrent,
        loading: () => {
          if (server.clock.nowMs() - this.heardMs > ALIVE_MS) this.#sendAlive();
        },
      });
      if (database !== null) this.#loaded(database);
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof EmptyPrimary) this.#refuse();
      else {
        this.#fail(`Failed trying to load the MASTER synchronization DB: ${wordsOf(error)}`);
      }
    } finally {
      server.wake();
    }
  }

  /** The primary is told that this replica is alive while it loads. */
  #sendAlive(): void {
    this.heardMs = this.server.clock.nowMs();
    this.#sendRaw("\n");
  }

  #loaded(database: number): void {
    const { server } = this;
    const { role, propagation } = server;
    this.#source = null;
    role.id = this.#history.id;
    role.secondId = "0".repeat(40);
    role.secondOffset = -1;
    propagation.moveTo({ offset: this.#history.offset, database });
    server.dirty = 0;
    server.log.notice("MASTER <-> REPLICA sync: Finished with success");
    this.#stream(database);
    this.surroundings.replaced();
  }

  // ---- the stream -------------------------------------------------------------------------------

  #stream(database: number): void {
    const { server } = this;
    const connection = this.#connection!;
    connection.db = database;
    this.#relay.begin();
    this.#reader = new CommandReader(
      server,
      connection,
      (id) => server.snapshots.large.holds(id, connection.db),
    );
    server.propagation.keepBacklog();
    this.downSinceMs = 0;
    this.#setStage("connected");
    this.#acknowledge();
    this.#acknowledgeLater(connection);
    const early = this.#early.splice(0);
    connection.link.setReading(true);
    for (const bytes of early) this.#read(bytes);
  }

  #acknowledgeLater(connection: Connection): void {
    this.server.timers.after(ACK_MS, () =>
      this.server.defer(() => {
        if (this.#over || this.#connection !== connection || this.#stage !== "connected") return;
        this.#acknowledge();
        this.#acknowledgeLater(connection);
      }));
  }

  /** The primary wants to know how far this is. */
  asked(): void {
    this.#isAsked = true;
    this.#sendOffset();
  }

  /** The disk has more: whoever has asked may wait for that. */
  appended(): void {
    if (this.#isAsked) this.#acknowledge();
    this.#isAsked = false;
  }

  #acknowledge(): void {
    this.#sendOffset();
    // Nobody may have a turn under way that would send it.
    this.server.wake();
  }

  /** Says how far this is when the turn under way ends. */
  #sendOffset(): void {
    if (this.#stage !== "connected") return;
    // What was done of the bytes under way counts, too: the request may have come with what it asks about.
    const done = (this.#reader?.wholeBytes ?? 0) - this.#relay.relayedBytes;
    const words = ["REPLCONF", "ACK", `${this.server.propagation.offset + done}`];
    const { appendOnlyFile } = this.server;
    if (appendOnlyFile?.isOpen) words.push("FACK", `${appendOnlyFile.syncedOffset}`);
    this.#write(requestOf(words));
  }

  // ---- bytes ------------------------------------------------------------------------------------

  received(bytes: number): void {
    const { server } = this;
    this.heardMs = server.nowMs;
    server.stats.inputBytes += bytes;
    if (this.#reader !== null) return this.#take(bytes);
    const { core } = server;
    this.#read(core.bytes(core.at.INPUT, bytes));
  }

  /** Takes bytes of whatever the link is at, a copy; what is behind it is of what follows. */
  #read(bytes: Uint8Array): void {
    const connection = this.#connection!;
    for (
      let rest = bytes;
      rest.length !== 0 && this.#connection === connection && !connection.closed;
    ) {
      if (this.#reader !== null) {
        const { core } = this.server;
        const { ptr, len } = this.#reader.room();
        const part = rest.subarray(0, len);
        core.u8.set(part, ptr);
        rest = rest.subarray(part.length);
        this.#take(part.length);
      } else if (this.#source?.whole) {
        // It waits until what it follows is loaded.
        this.#early.push(rest);
        connection.link.setReading(false);
        return;
      } else if (this.#source !== null) rest = this.#source.push(rest);
      else rest = this.#readLine(rest);
    }
  }

  #readLine(bytes: Uint8Array): Uint8Array {
    const end = bytes.indexOf(10);
    const part = end < 0 ? bytes : bytes.subarray(0, end);
    this.#line += String.fromCharCode(...part.subarray(0, LINE_BYTES));
    if (this.#line.length > LINE_BYTES) {
      this.#fail("the master sends a line without end");
      return bytes.subarray(bytes.length);
    }
    if (end < 0) return bytes.subarray(bytes.length);
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    // Empty ones only say that the primary is alive.
    if (line !== "") this.#expect(line);
    return bytes.subarray(end + 1);
  }

  /** So many bytes of the stream are in the reader's room. */
  #take(bytes: number): void {
    this.#execute((reader) => {
      this.#relay.keep(reader.room().ptr, bytes);
      reader.take(bytes);
    });
  }

  /** The value that the stream was held for is written. */
  resumed(): void {
    if (this.#reader?.held) this.#execute((reader) => reader.resume());
    if (this.#reader?.held === false) this.#connection!.link.setReading(true);
  }

  #execute(proceed: (reader: CommandReader) => void): void {
    const { server } = this;
    const reader = this.#reader!;
    const connection = this.#connection!;
    const { core } = server;
    try {
      const mode = core.u32[core.at.EXPIRED_MODE];
      // A key whose time is over is there until the primary says that it is gone.
      core.u32[core.at.EXPIRED_MODE] = core.at.EXPIRED_KEEP;
      try {
        proceed(reader);
      } finally {
        core.u32[core.at.EXPIRED_MODE] = mode;
      }
      if (reader.held && !connection.paused) {
        server.pause.hold(connection);
        connection.link.setReading(false);
      }
      if (!this.#relay.relay(reader.wholeBytes, connection.db)) {
        server.log.warning(
          "Memory is out for the stream of the primary: whoever follows it begins anew.",
        );
      }
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#fail(`The stream of the master cannot be read: ${error.kind} ${error.word}`);
    }
  }

  // ---- the end ----------------------------------------------------------------------------------

  #setStage(stage: Stage): void {
    this.#stage = stage;
    this.server.updateGate();
  }

  /** The data here are kept, and the primary is left alone. */
  #refuse(): void {
    this.refusedEmpty = true;
    this.#fail(
      `MASTER ${this.host}:${this.port} has no keys, and this replica has some: they are kept, and it is not ` +
        "followed. CONFIG SET replica-refuse-empty-primary no gives them up; REPLICAOF says whom to follow.",
    );
  }

  /** An operator has changed what is done with a primary that is empty. */
  goOn(): void {
    if (!this.refusedEmpty) return;
    this.refusedEmpty = false;
    this.#try(0);
  }

  #fail(reason: string): void {
    this.server.log.warning(reason);
    this.server.lost(this.#connection!, "");
  }

  /** The connection is gone: it is made anew. */
  lost(): void {
    if (this.#connection === null) return;
    const wasConnected = this.#stage === "connected";
    this.#drop();
    if (this.#over) return;
    if (this.refusedEmpty) return this.#setStage("connect");
    if (!wasConnected) return this.#again();
    this.downSinceMs = this.server.nowMs;
    this.server.log.warning("Connection with master lost.");
    // The sooner it is back, the less it has missed.
    this.#try(0);
  }

  #drop(): void {
    this.#source?.fail("I/O error trying to sync with MASTER: connection lost");
    this.#source = null;
    this.#early = [];
    this.#reader?.[Symbol.dispose]();
    this.#reader = null;
    this.#relay.begin();
    if (this.#connection !== null) this.#connection.reader = null;
    this.#connection = null;
  }

  /** Ends for good: another primary is to be followed, or none. */
  close(): void {
    this.#over = true;
    this.#cancel();
    const connection = this.#connection;
    this.#drop();
    if (connection !== null) this.server.lost(connection, "");
  }

  /** Looks whether anything has been heard lately. */
  check(timeoutMs: number): void {
    if (this.#connection === null || this.server.nowMs - this.heardMs <= timeoutMs) return;
    this.server.log.warning(TIMED_OUT[this.state] ?? "Timeout connecting to the MASTER...");
    this.server.lost(this.#connection, "");
  }
}

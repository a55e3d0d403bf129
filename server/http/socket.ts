/** A connection of an HTTP port: requests in, answers out, one after the other. */

import type { Link, Peer } from "../env/network.ts";
import { Connection, type LinkReader } from "../net/connection.ts";
import type { Carrier } from "./host.ts";
import type { Http } from "./http.ts";
import { type Fault, type Head, isFault, RequestParser } from "./request.ts";
import { Rest } from "./rest.ts";

/** Of requests that wait for the one under way; then the socket is read no more. */
const MOST_WAITING_BYTES = 65536;

/** How long a head may take, and a request with its body, as Node has them; nobody waits longer for either. */
const MOST_HEAD_SECONDS = 60;
const MOST_REQUEST_SECONDS = 300;

const NOTHING = new Uint8Array(0);

const REASONS: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export class HttpSocket implements LinkReader, Carrier {
  readonly kind: Link["kind"];
  readonly fd: number;
  readonly #http: Http;
  readonly #link: Link;
  /** The bytes of HTTP; the client's own connection, which the server knows, carries those of RESP. */
  readonly #connection: Connection;
  readonly #parser: RequestParser;
  #rest!: Rest;
  /** What the answer under way must know of its request. */
  #isHead = false;
  #keepsAlive = true;
  #readsChunks = true;
  /** An answer without an end goes in chunks. */
  #chunks = false;
  #serverReads = true;
  #reads = true;
  #advances = false;
  /** How many requests were served; how many when {@link look} saw one that was not whole, and since when that is. */
  #served = 0;
  #servedBefore = 0;
  #waitsSinceSeconds = 0;

  private constructor(http: Http, link: Link) {
    this.#http = http;
    this.#link = link;
    this.kind = link.kind;
    this.fd = link.fd;
    this.#connection = new Connection(0);
    this.#connection.link = link;
    this.#connection.reader = this;
    const { config } = http.host;
    this.#parser = new RequestParser({
      get mostBodyBytes() {
        return config.values["http-max-body-size"];
      },
      refuse: (head) => this.#refuseEarly(head),
      goOn: () => this.#write("HTTP/1.1 100 Continue\r\n\r\n"),
    });
  }

  /** @returns what the server keeps of it, or the answer to somebody who is not let in */
  static open(http: Http, link: Link, peer: string, local: string): Peer | string {
    const socket = new HttpSocket(http, link);
    socket.#connection.peer = peer;
    socket.#connection.local = local;
    const rest = Rest.make(http, socket, peer, local);
    if (typeof rest === "string") {
      const body = JSON.stringify({ error: rest });
      return `HTTP/1.1 503 ${REASONS[503]}\r\ncontent-type: application/json\r\n` +
        `connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    }
    socket.#rest = rest;
    return socket.#connection;
  }

  // ---- requests ---------------------------------------------------------------------------------

  received(bytes: number): void {
    const { core, stats, nowSeconds } = this.#http.host;
    stats.inputBytes += bytes;
    this.#rest.client.connection.activeSeconds = nowSeconds;
    const { INPUT } = core.at;
    const { frames } = this.#rest;
    if (frames !== null) return frames.received(core.u8.slice(INPUT, INPUT + bytes));
    this.#parser.push(core.u8.subarray(INPUT, INPUT + bytes));
    this.#advance();
  }

  /** Serves what has come, one request at a time. */
  #advance(): void {
    const rest = this.#rest;
    const connection = this.#connection;
    while (!rest.busy && !connection.closed && !connection.closeAfterReply && !this.full) {
      const found = this.#parser.next();
      if (found === null) break;
      if (isFault(found)) {
        this.#fail(found);
        break;
      }
      const { head, body } = found;
      this.#served++;
      this.#isHead = head.method === "HEAD";
      this.#keepsAlive = head.keepsAlive;
      this.#readsChunks = head.readsChunks;
      rest.serve(head, body);
      if (rest.frames !== null) {
        const after = this.#parser.takeRest();
        if (after.length !== 0) rest.frames.received(after);
        return;
      }
    }
    this.#updateReading();
  }

  look(nowSeconds: number): void {
    const { begun } = this.#parser;
    const { busy, frames } = this.#rest;
    const waits = begun !== "nothing" && !busy && frames === null && !this.full;
    if (!waits || this.#waitsSinceSeconds === 0 || this.#served !== this.#servedBefore) {
      this.#waitsSinceSeconds = waits ? nowSeconds : 0;
      this.#servedBefore = this.#served;
      return;
    }
    const most = begun === "head" ? MOST_HEAD_SECONDS : MOST_REQUEST_SECONDS;
    if (nowSeconds - this.#waitsSinceSeconds <= most) return;
    this.#waitsSinceSeconds = 0;
    this.#fail({ status: 408, error: `ERR the request's ${begun} took too long` });
  }

  /** Who may not come in need not send a body. */
  #refuseEarly(head: Head): Fault | null {
    if (head.bodyBytes >= 0 && head.bodyBytes <= this.#parser.pendingBytes) return null;
    const admitted = this.#rest.admit(head);
    return "status" in admitted ? admitted : null;
  }

  /** What follows cannot be read: the connection ends with the answer. */
  #fail(fault: Fault): void {
    this.#keepsAlive = false;
    this.#isHead = false;
    this.#rest.refuse(fault);
  }

  #updateReading(): void {
    const waits = (this.#rest.busy || this.full) &&
      this.#parser.pendingBytes > MOST_WAITING_BYTES;
    const reads = this.#serverReads && !waits;
    if (reads === this.#reads || this.#connection.closed) return;
    this.#reads = reads;
    this.#link.setReading(reads);
  }

  setReading(reading: boolean): void {
    this.#serverReads = reading;
    this.#updateReading();
  }

  // ---- answers ----------------------------------------------------------------------------------

  get full(): boolean {
    return this.#connection.sending;
  }

  answer(status: number, headers: string, body: Uint8Array, from: number, to: number): void {
    const length = status === 204 ? "" : `content-length: ${to - from}\r\n`;
    const close = this.#keepsAlive ? "" : "connection: close\r\n";
    const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\n${headers}${close}${length}\r\n`;
    this.#write(head, body, from, this.#isHead ? from : to, "");
    this.#parser.shrink();
    if (!this.#keepsAlive) return this.#end();
    if (this.#parser.pendingBytes !== 0 || !this.#reads) this.#advanceLater();
  }

  begin(status: number, headers: string): void {
    this.#chunks = status !== 101 && this.#readsChunks;
    const length = this.#chunks
      ? "transfer-encoding: chunked\r\n"
      : status === 101
      ? ""
      : "connection: close\r\n";
    this.#write(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${headers}${length}\r\n`);
  }

  more(body: Uint8Array, from: number, to: number): void {
    if (!this.#chunks) return this.#write("", body, from, to);
    this.#write(`${(to - from).toString(16)}\r\n`, body, from, to, "\r\n");
  }

  upgrade(): boolean {
    return !this.#isHead;
  }

  /** Adds text, bytes and text to what is to be sent. */
  #write(head: string, body: Uint8Array = NOTHING, from = 0, to = 0, tail = ""): void {
    const { core, output } = this.#http.host;
    const { SCRATCH, SCRATCH_BYTES } = core.at;
    if (this.#connection.closed) return;
    const before = output.enter(this.#connection);
    core.x.replyRaw(SCRATCH, core.writeBinary(SCRATCH, head));
    for (let at = from; at < to; at += SCRATCH_BYTES) {
      const end = Math.min(to, at + SCRATCH_BYTES);
      core.u8.set(body.subarray(at, end), SCRATCH);
      core.x.replyRaw(SCRATCH, end - at);
    }
    if (tail !== "") core.x.replyRaw(SCRATCH, core.writeBinary(SCRATCH, tail));
    output.leave(this.#connection, before, 0);
  }

  /** The next request belongs to the next turn: what this one has done is not written down yet. */
  #advanceLater(): void {
    if (this.#advances) return;
    this.#advances = true;
    this.#http.host.defer(() => {
      this.#advances = false;
      this.#advance();
    });
  }

  // ---- the end ----------------------------------------------------------------------------------

  /** The socket takes more. */
  drained(): void {
    if (this.#connection.closed) return;
    this.#http.host.defer(() => {
      this.#rest.client.goOn();
      if (!this.#rest.busy && this.#rest.frames === null) this.#advance();
    });
  }

  /** The other side is gone. */
  lost(): void {
    this.#rest.end();
    // Somebody has to see to it in this turn or the next.
    this.#http.host.defer(() => {});
  }

  /** The server has closed the client; one that takes nothing need not be waited for. */
  closed(): void {
    if (!this.#connection.sending) this.#rest.frames?.closed();
    this.#rest.end();
    if (this.#connection.sending) this.#http.host.lost(this.#connection, "");
    else this.#end();
  }

  #end(): void {
    this.#http.host.closeSoon(this.#connection);
  }
}

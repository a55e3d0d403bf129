/**
 * Requests of HTTP/1.1 as they come from a socket: bytes in, whole requests out, or what is wrong with them.
 *
 * Why not `Deno.serve`: empty it takes 17 us of CPU a request, where the whole of this takes less; its requests wait
 * up to 10 ms for the turn of a loop that is busy with other clients; and it asks nobody for certificates. So
 * HTTP is a protocol beside RESP, over the same transports.
 *
 * What is not clear is refused rather than guessed at, as others in front of this server may guess otherwise: a
 * length beside chunks, two lengths, folded lines, blanks before a colon.
 */

/** What stands before a request's body. */
export interface Head {
  readonly method: string;
  /** Path and query as they came, one character a byte. */
  readonly target: string;
  /** By lower-case name; of several of one name the values, with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** The connection goes on behind the answer. */
  readonly keepsAlive: boolean;
  /** The client reads what comes in chunks. */
  readonly readsChunks: boolean;
  /** The client waits for leave to send the body. */
  readonly expectsContinue: boolean;
  /** Of the body; -1 where it comes in chunks. */
  readonly bodyBytes: number;
}

export interface HttpRequest {
  readonly head: Head;
  /** Holds until the parser is called again. */
  readonly body: Uint8Array;
}

/** A request that cannot be served; nothing behind it can be read. */
export interface Fault {
  readonly status: number;
  readonly error: string;
}

/** What a parser is told from outside. */
export interface ParserHost {
  /** Most bytes of a body. */
  readonly mostBodyBytes: number;
  /** Looks at a head whose body has not come yet. @returns why it need not come */
  refuse(head: Head): Fault | null;
  /** The client may send its body. */
  goOn(): void;
}

/** Of a request line and headers together. */
const MOST_HEAD_BYTES = 16384;
/** Of a line that says how long a chunk is. */
const MOST_CHUNK_LINE_BYTES = 256;
/** What a connection's buffer is cut down to when it is empty. */
const KEPT_BYTES = 65536;
const NOTHING = new Uint8Array(0);
const CR = 13;
const LF = 10;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function isFault(found: HttpRequest | Fault): found is Fault {
  return "status" in found;
}

/** What every method begins with. */
function isLetter(byte: number): boolean {
  return (byte | 32) >= 97 && (byte | 32) <= 122;
}

export class RequestParser {
  #bytes = new Uint8Array(1024);
  #from = 0;
  #to = 0;
  /** Up to here there is no end of a head. */
  #searched = 0;
  #head: Head | null = null;
  /** A client's head is nearly always the same as its last: it is not read again then. */
  #lastBytes: Uint8Array = NOTHING;
  #lastHead: Head | null = null;
  /** Parts of a body that comes in chunks. */
  #chunks: Uint8Array[] = [];
  #chunkedBytes = 0;
  #trailing = false;

  constructor(readonly host: ParserHost) {}

  /** Bytes that no request was made of yet. */
  get pendingBytes(): number {
    return this.#to - this.#from;
  }

  /** What has come of a request that is not whole. */
  get begun(): "nothing" | "head" | "body" {
    if (this.#head !== null) return "body";
    return this.pendingBytes === 0 ? "nothing" : "head";
  }

  /** Adds bytes that came, of which a copy is made. */
  push(bytes: Uint8Array): void {
    if (this.#from === this.#to) this.#empty();
    if (this.#to + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #empty(): void {
    this.#from = this.#to = this.#searched = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(1024);
  }

  #makeRoom(bytes: number): void {
    const rest = this.#bytes.subarray(this.#from, this.#to);
    const needed = rest.length + bytes;
    const target = needed <= this.#bytes.length ? this.#bytes : new Uint8Array(needed * 2);
    if (target === this.#bytes) target.copyWithin(0, this.#from, this.#to);
    else target.set(rest);
    this.#searched -= this.#from;
    this.#to -= this.#from;
    this.#from = 0;
    this.#bytes = target;
  }

  /** Gives memory back that a large body took, which is in use no more. */
  shrink(): void {
    if (this.#from === this.#to && this.#bytes.length > KEPT_BYTES) this.#empty();
  }

  /** What has come and belongs to no request: of a connection that goes on with another protocol. */
  takeRest(): Uint8Array {
    const rest = this.#bytes.slice(this.#from, this.#to);
    this.#from = this.#to;
    return rest;
  }

  /** The next request, null while it is not whole. */
  next(): HttpRequest | Fault | null {
    if (this.#head === null) {
      const fault = this.#readHead();
      if (fault !== null) return fault;
    }
    const head = this.#head as Head | null;
    if (head === null) return null;
    if (head.bodyBytes < 0) return this.#readChunks(head);
    if (this.pendingBytes < head.bodyBytes) return null;
    const body = this.#bytes.subarray(this.#from, this.#from + head.bodyBytes);
    this.#from += head.bodyBytes;
    return this.#whole(head, body);
  }

  #whole(head: Head, body: Uint8Array): HttpRequest {
    this.#head = null;
    this.#searched = this.#from;
    return { head, body };
  }

  // ---- heads ------------------------------------------------------------------------------------

  #readHead(): Fault | null {
    // Blank lines before a request are passed over.
    while (
      this.#from < this.#to && (this.#bytes[this.#from] === CR || this.#bytes[this.#from] === LF)
    ) {
      this.#from++;
    }
    // Who speaks RESP or TLS here is told, not waited for.
    if (this.pendingBytes > 0 && !isLetter(this.#bytes[this.#from])) return badRequest("no method");
    const end = this.#headEnd();
    if ((end < 0 ? this.pendingBytes : end - this.#from) > MOST_HEAD_BYTES) {
      return { status: 431, error: "ERR the request's headers are too large" };
    }
    if (end < 0) return null;
    const head = this.#isLast(end) ? this.#lastHead! : this.#parse(end);
    if ("status" in head) return head;
    this.#from = end;
    this.#head = head;
    const refused = this.host.refuse(head);
    if (refused !== null) return refused;
    if (head.bodyBytes > this.host.mostBodyBytes) return TOO_LARGE;
    if (head.expectsContinue && this.pendingBytes === 0) this.host.goOn();
    return null;
  }

  /** Where the head ends, -1 where it has not come whole. */
  #headEnd(): number {
    const bytes = this.#bytes;
    let at = Math.max(this.#from, this.#searched);
    for (;;) {
      at = bytes.indexOf(LF, at);
      if (at < 0 || at >= this.#to) break;
      if (
        at - 3 >= this.#from && bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR
      ) {
        return at + 1;
      }
      at++;
    }
    this.#searched = Math.max(this.#from, this.#to);
    return -1;
  }

  #isLast(end: number): boolean {
    const last = this.#lastBytes;
    const from = this.#from;
    if (end - from !== last.length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < last.length; i++) if (bytes[from + i] !== last[i]) return false;
    return true;
  }

  #parse(end: number): Head | Fault {
    const bytes = this.#bytes.slice(this.#from, end);
    let text = "";
    for (const byte of bytes.subarray(0, bytes.length - 4)) text += String.fromCharCode(byte);
    const head = parseHead(text);
    if ("status" in head) return head;
    this.#lastBytes = bytes;
    this.#lastHead = head;
    return head;
  }

  // ---- chunks -----------------------------------------------------------------------------------

  #readChunks(head: Head): HttpRequest | Fault | null {
    for (;;) {
      const line = this.#bytes.indexOf(LF, this.#from);
      if (line < 0 || line >= this.#to) {
        return this.pendingBytes > MOST_CHUNK_LINE_BYTES
          ? badRequest("a chunk has no length")
          : null;
      }
      const isBare = line === this.#from || this.#bytes[line - 1] !== CR;
      if (isBare || line - this.#from > MOST_CHUNK_LINE_BYTES) return badRequest("a chunk's line");
      const text = String.fromCharCode(...this.#bytes.subarray(this.#from, line - 1));
      if (this.#trailing) {
        this.#from = line + 1;
        if (text === "") return this.#chunksDone(head);
        continue;
      }
      const size = /^([0-9a-fA-F]{1,8})[ \t]*(;.*)?$/.exec(text);
      if (size === null) return badRequest("a chunk has no length");
      const bytes = parseInt(size[1], 16);
      if (this.#chunkedBytes + bytes > this.host.mostBodyBytes) return TOO_LARGE;
      if (bytes === 0) this.#trailing = true;
      else if (this.#to < line + 1 + bytes + 2) return null;
      else {
        const end = line + 1 + bytes;
        if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF) {
          return badRequest("a chunk's end");
        }
        this.#chunks.push(this.#bytes.slice(line + 1, end));
        this.#chunkedBytes += bytes;
        this.#from = end + 2;
        continue;
      }
      this.#from = line + 1;
    }
  }

  #chunksDone(head: Head): HttpRequest {
    const body = new Uint8Array(this.#chunkedBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    this.#chunkedBytes = 0;
    this.#trailing = false;
    return this.#whole(head, body);
  }
}

const TOO_LARGE: Fault = { status: 413, error: "ERR the request's body is too large" };

function badRequest(what: string): Fault {
  return { status: 400, error: `ERR Protocol error: ${what}` };
}

/** @param text without the empty line at the end */
function parseHead(text: string): Head | Fault {
  const [first, ...lines] = text.split("\r\n");
  const request = /^([A-Za-z]+) ([\x21-\xff]+) HTTP\/1\.([01])$/.exec(first);
  if (request === null) {
    const isNewer = /^[A-Za-z]+ \S+ HTTP\/[0-9.]+$/.test(first);
    return isNewer
      ? { status: 505, error: "ERR HTTP/1.1 is spoken here" }
      : badRequest("no request line");
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || !TOKEN.test(name) || /[\0\r\n]/.test(line)) {
      return badRequest("a header's line");
    }
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    if (before !== undefined && name === "content-length") return badRequest("two lengths");
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const [, method, target, minor] = request;
  if (minor === "1" && !headers.has("host")) return badRequest("no host");
  const bodyBytes = bodyBytesOf(headers);
  if (typeof bodyBytes !== "number") return bodyBytes;
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  return {
    method: method.toUpperCase(),
    target: target.replace(/^https?:\/\/[^/?]*/i, ""),
    headers,
    keepsAlive: minor === "1" ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection),
    readsChunks: minor === "1",
    expectsContinue: headers.get("expect")?.toLowerCase() === "100-continue",
    bodyBytes,
  };
}

function bodyBytesOf(headers: ReadonlyMap<string, string>): number | Fault {
  const length = headers.get("content-length");
  const encoding = headers.get("transfer-encoding");
  if (encoding !== undefined) {
    if (length !== undefined) return badRequest("a length beside chunks");
    if (encoding.toLowerCase() === "chunked") return -1;
    return { status: 501, error: "ERR of transfer encodings only chunked is read" };
  }
  if (length === undefined) return 0;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : badRequest("a length that is none");
}

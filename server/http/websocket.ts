/**
 * The frames of a WebSocket (RFC 6455), whose messages are the bytes of RESP: a browser is a client then. Where messages
 * are cut does not matter; each that comes is read as more bytes, each turn's output goes as one binary message.
 */

import type { HttpClient, Taker } from "./client.ts";
import type { Carrier, RestRequest } from "./host.ts";
import type { Http } from "./http.ts";

/** What a server adds to a client's key. */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** A frame's head at most: two bytes, eight of a length, four of a mask. */
const MOST_HEAD_BYTES = 14;
const MOST_CONTROL_BYTES = 125;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const FINAL = 0x80;
const MASKED = 0x80;
const PROTOCOL_ERROR = 1002;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const NOTHING = new Uint8Array(0);

export class WebSocketFrames implements Taker {
  /** Of a frame's head, or of a control frame, that has not come whole. */
  #pending: Uint8Array = NOTHING;
  /** Of the data frame under way: bytes to come, its mask, and where in the mask it is. */
  #left = 0;
  readonly #mask = new Uint8Array(4);
  #maskAt = 0;
  #over = false;

  constructor(readonly http: Http, readonly carrier: Carrier, readonly client: HttpClient) {}

  /** The header lines of an answer that agrees to the upgrade; null where none was asked for. */
  static accept(headers: RestRequest["headers"]): string | null {
    const key = headers.get("sec-websocket-key");
    if (headers.get("upgrade")?.toLowerCase() !== "websocket" || !key) return null;
    if (headers.get("sec-websocket-version") !== "13") return null;
    return "upgrade: websocket\r\nconnection: Upgrade\r\n" +
      `sec-websocket-accept: ${sha1Base64(key + MAGIC)}\r\n`;
  }

  // ---- from the server --------------------------------------------------------------------------

  take(source: Uint8Array, from: number, to: number): number {
    if (!this.#over) this.#send(BINARY, source, from, to);
    return to;
  }

  #send(kind: number, source: Uint8Array, from: number, to: number): void {
    const { writer } = this.http;
    const length = to - from;
    writer.begin(0);
    writer.reserve(MOST_HEAD_BYTES + length);
    const put = (byte: number) => writer.bytes[writer.at++] = byte;
    put(FINAL | kind);
    if (length < 126) put(length);
    else {
      const wide = length >= 65536;
      put(wide ? 127 : 126);
      if (wide) { for (let i = 0; i < 4; i++) put(0); }
      for (let shift = wide ? 24 : 8; shift >= 0; shift -= 8) put((length >>> shift) & 255);
    }
    writer.copy(source, from, to);
    this.carrier.more(writer.bytes, 0, writer.at);
  }

  // ---- from the client --------------------------------------------------------------------------

  /** @param bytes may be changed */
  received(bytes: Uint8Array): void {
    if (this.#pending.length !== 0) {
      const all = new Uint8Array(this.#pending.length + bytes.length);
      all.set(this.#pending);
      all.set(bytes, this.#pending.length);
      bytes = all;
      this.#pending = NOTHING;
    }
    let at = 0;
    while (at < bytes.length && !this.#over && !this.client.connection.closed) {
      if (this.#left === 0) {
        const next = this.#frame(bytes, at);
        if (next < 0) {
          this.#pending = bytes.slice(at);
          return;
        }
        at = next;
        continue;
      }
      const part = bytes.subarray(at, at + this.#left);
      this.#unmask(part);
      this.#left -= part.length;
      at += part.length;
      this.client.send(part.slice());
    }
  }

  /** Reads a frame's head, and all of a control frame. @returns where what follows begins, -1 = more is needed */
  #frame(bytes: Uint8Array, at: number): number {
    if (bytes.length - at < 2) return -1;
    const [first, second] = [bytes[at], bytes[at + 1]];
    const kind = first & 15;
    const short = second & 127;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const headBytes = 2 + lengthBytes + 4;
    const isControl = kind >= 8;
    // Reserved bits, a client's frame without a mask, unknown kinds, parts of control frames.
    const isWrong = (first & 0x70) !== 0 || (second & MASKED) === 0 ||
      (kind > BINARY && !isControl) ||
      kind > PONG || (isControl && ((first & FINAL) === 0 || short > MOST_CONTROL_BYTES));
    if (isWrong) return this.#end(PROTOCOL_ERROR);
    if (bytes.length - at < headBytes) return -1;
    let length = lengthBytes === 0 ? short : 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[at + 2 + i];
    this.#mask.set(bytes.subarray(at + headBytes - 4, at + headBytes));
    this.#maskAt = 0;
    const begin = at + headBytes;
    if (!isControl) {
      this.#left = length;
      return begin;
    }
    if (bytes.length - begin < length) return -1;
    const payload = bytes.slice(begin, begin + length);
    this.#unmask(payload);
    this.#control(kind, payload);
    return begin + length;
  }

  #unmask(bytes: Uint8Array): void {
    const mask = this.#mask;
    let at = this.#maskAt;
    for (let i = 0; i < bytes.length; i++) bytes[i] ^= mask[at++ & 3];
    this.#maskAt = at & 3;
  }

  #control(kind: number, payload: Uint8Array): void {
    // Who asks and does not read gets no answer: it would pile up.
    if (kind === PING && !this.carrier.full) this.#send(PONG, payload, 0, payload.length);
    else if (kind === CLOSE) {
      this.#end(payload.length >= 2 ? payload[0] * 256 + payload[1] : NORMAL);
    }
  }

  /** @returns where the input ends for good */
  #end(code: number): number {
    this.#farewell(code);
    this.client.end();
    return Number.MAX_SAFE_INTEGER;
  }

  /** The server has closed the client: as it asked, by QUIT, or otherwise. A browser tells that from a lost connection. */
  closed(): void {
    if (!this.#over) this.#farewell(this.client.connection.closeAfterReply ? NORMAL : GOING_AWAY);
  }

  /** Says goodbye; nothing follows. */
  #farewell(code: number): void {
    this.#over = true;
    this.#send(CLOSE, new Uint8Array([code >> 8, code & 255]), 0, 2);
  }
}

/** Small enough that the digest need not be of the fastest. */
function sha1Base64(text: string): string {
  // deno-lint-ignore no-process-global -- importing it would load it, and much else
  const { createHash } = process.getBuiltinModule("node:crypto") as typeof import("node:crypto");
  return createHash("sha1").update(text).digest("base64");
}

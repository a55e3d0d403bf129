/** Messages as server-sent events: `data: message,channel,text`, an empty line behind each. */

import type { Taker } from "./client.ts";
import type { Carrier } from "./host.ts";
import type { Http } from "./http.ts";
import { arrayCountAt, isErrorAt, type JsonWriter, lineEnd, replyEnd } from "./json.ts";

const HEADERS = "content-type: text/event-stream\r\ncache-control: no-cache\r\n";
const CR = 13;
const LF = 10;
const BULK = 36;
const COMMA = ",";

export class EventStream implements Taker {
  #begun = false;

  /** @param failed is given the error that the command was answered with */
  constructor(
    readonly http: Http,
    readonly carrier: Carrier,
    readonly headers: string,
    readonly failed: (source: Uint8Array, from: number) => void,
  ) {}

  take(source: Uint8Array, from: number, to: number): number {
    const { writer } = this.http;
    if (!this.#begun && isErrorAt(source, from)) {
      this.failed(source, from);
      return to;
    }
    writer.begin(0);
    let at = from;
    while (at < to) {
      const end = replyEnd(source, at, to);
      if (end < 0) break;
      const isFirst = !this.#begun;
      if (isFirst) this.carrier.begin(200, HEADERS + this.headers);
      this.#begun = true;
      writer.raw("data: ");
      // MONITOR's own reply.
      if (isFirst && arrayCountAt(source, at) < 0) writer.value(source, at);
      else writeMessage(writer, source, at);
      writer.raw("\n\n");
      at = end;
    }
    if (writer.at !== 0) this.carrier.more(writer.bytes, 0, writer.at);
    return at;
  }
}

function writeMessage(writer: JsonWriter, source: Uint8Array, from: number): void {
  const count = arrayCountAt(source, from);
  if (count < 0) return writeLines(writer, source, from + 1, lineEnd(source, from) - 2);
  let at = lineEnd(source, from);
  for (let i = 0; i < count; i++) {
    if (i !== 0) writer.raw(COMMA);
    const end = replyEnd(source, at, source.length);
    const isBulk = source[at] === BULK;
    const begin = isBulk ? Math.min(lineEnd(source, at), end - 2) : at + 1;
    writeLines(writer, source, begin, end - 2);
    at = end;
  }
}

/** Text; each line of it becomes one of the event's. */
function writeLines(writer: JsonWriter, source: Uint8Array, from: number, to: number): void {
  let begin = from;
  for (let at = from; at < to; at++) {
    if (source[at] !== LF && source[at] !== CR) continue;
    writer.copy(source, begin, at);
    writer.raw("\ndata: ");
    if (source[at] === CR && source[at + 1] === LF && at + 1 < to) at++;
    begin = at + 1;
  }
  writer.copy(source, begin, to);
}

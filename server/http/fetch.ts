/** The REST interface without a socket: a `Request` in, a `Response` out, for whatever serves those. */

import type { Carrier } from "./host.ts";
import type { Http } from "./http.ts";
import { type Refusal, Rest } from "./rest.ts";

/** Bytes of a stream that may wait for its reader, before they count for the limits of a slow client. */
const WAITING_BYTES = 65536;
/** Clients that are kept for requests to come. */
const MOST_IDLE = 64;
const PEER = "in-process:0";

/** Answers requests, each by a client of its own that serves later ones, too. */
export class FetchHandler {
  readonly #idle: Exchange[] = [];

  constructor(readonly http: Http) {}

  /** Answers a request as an HTTP port does; `/ws` needs a socket, and is refused. */
  async fetch(request: Request): Promise<Response> {
    const exchange = this.#take();
    if (typeof exchange === "string") return refusalOf({ status: 503, error: exchange });
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const asked = { method, target: pathname + search, headers };
    const body = await bodyOf(request, this.http.host.config.values["http-max-body-size"]);
    if (body === null) {
      this.#giveBack(exchange);
      return refusalOf({ status: 413, error: "ERR the request's body is too large" });
    }
    const gone = () => exchange.abandon();
    request.signal.addEventListener("abort", gone, { once: true });
    const response = await exchange.ask(asked, body);
    if (!exchange.isOver) return response; // a stream, or a client that was closed
    // Some servers abort requests that are over: that must not meet the next one.
    request.signal.removeEventListener("abort", gone);
    this.#giveBack(exchange);
    return response;
  }

  #take(): Exchange | string {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (!kept.rest.client.connection.closed) return kept;
    }
    return Exchange.make(this.http);
  }

  #giveBack(exchange: Exchange): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(exchange);
    else exchange.rest.client.end();
  }
}

const NOTHING = new Uint8Array(0);

/** A client of the server's, and the request that it is asked. */
class Exchange implements Carrier {
  readonly kind = "loopback";
  readonly fd = -1;
  readonly #http: Http;
  rest!: Rest;
  #resolve: ((response: Response) => void) | null = null;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #isHead = false;

  private constructor(http: Http) {
    this.#http = http;
  }

  static make(http: Http): Exchange | string {
    const exchange = new Exchange(http);
    const rest = Rest.make(http, exchange, PEER, PEER);
    if (typeof rest === "string") return rest;
    exchange.rest = rest;
    return exchange;
  }

  /** Whether it can serve another request. */
  get isOver(): boolean {
    return this.#resolve === null && this.#stream === null && !this.rest.client.connection.closed;
  }

  ask(request: Parameters<Rest["serve"]>[0], body: Uint8Array): Promise<Response> {
    this.#isHead = request.method === "HEAD";
    return new Promise((resolve) => {
      this.#resolve = resolve;
      // Commands belong into a turn.
      this.#http.host.defer(() => this.rest.serve(request, body));
    });
  }

  /** Whoever asked does not wait any more; what is under way ends. */
  abandon(): void {
    if (this.#resolve === null && this.#stream === null) return;
    this.#http.host.defer(() => this.rest.end());
  }

  // ---- as a carrier -----------------------------------------------------------------------------

  get full(): boolean {
    return this.#stream !== null && (this.#stream.desiredSize ?? 1) <= 0;
  }

  answer(status: number, headers: string, body: Uint8Array, from: number, to: number): void {
    const isEmpty = this.#isHead || status === 204;
    this.#answered(
      new Response(isEmpty ? null : body.slice(from, to), {
        status,
        headers: headersOf(headers),
      }),
    );
  }

  #answered(response: Response): void {
    this.#resolve?.(response);
    this.#resolve = null;
  }

  begin(status: number, headers: string): void {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#stream = controller),
      pull: () => this.#http.host.defer(() => this.rest.client.goOn()),
      cancel: () => this.abandon(),
    }, { highWaterMark: WAITING_BYTES, size: (bytes) => bytes.length });
    this.#answered(new Response(stream, { status, headers: headersOf(headers) }));
  }

  more(body: Uint8Array, from: number, to: number): void {
    this.#stream?.enqueue(body.slice(from, to));
  }

  upgrade(): boolean {
    return false;
  }
  setReading(): void {}

  closed(): void {
    this.rest.end();
    this.#answered(refusalOf({ status: 503, error: "ERR the connection is closed" }));
    try {
      this.#stream?.error(new Error("the connection is closed"));
    } catch { /* its reader has ended it before */ }
    this.#stream = null;
  }
}

function refusalOf({ status, error }: Refusal): Response {
  return Response.json({ error }, { status });
}

function headersOf(lines: string): [string, string][] {
  return lines.split("\r\n").filter((line) => line !== "").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}

/** A request's body; null where it is longer than it may be. */
async function bodyOf(request: Request, mostBytes: number): Promise<Uint8Array | null> {
  if (request.body === null) return NOTHING;
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return null;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body) {
    length += part.length;
    if (length > mostBytes) return null;
    parts.push(part);
  }
  if (parts.length === 1) return parts[0];
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

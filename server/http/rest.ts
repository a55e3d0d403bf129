/**
 * The REST interface: a request in, its commands to the server, their replies out as JSON. It is the contract of
 * `@upstash/redis` and `serverless-redis-http`; where the requests come from is the carrier's business.
 */

import type { NamedUser } from "../acl/users.ts";
import type { CallArgument } from "../net/loopback.ts";
import { encodeCommand } from "../resp/decoder.ts";
import { HttpClient, Replies } from "./client.ts";
import type { Carrier, HttpHost, RestRequest } from "./host.ts";
import type { Http } from "./http.ts";
import { isTransactionToForward, placesOf, toForward } from "./forwarding.ts";
import { arrayCountAt, isErrorAt, lineEnd } from "./json.ts";
import { isServed, parameterOf, type Plan, planOf, type Shape } from "./plan.ts";
import { EventStream } from "./events.ts";
import { WebSocketFrames } from "./websocket.ts";

const JSON_TYPE = "content-type: application/json\r\n";
const RESP_TYPE = "content-type: application/octet-stream\r\n";
/** For scripts of other sites, which show a token as anybody does. */
const CORS = "access-control-allow-origin: *\r\n" +
  "access-control-expose-headers: upstash-sync-token\r\n";
const MULTI = encodeCommand(["MULTI"]);
const EXEC = encodeCommand(["EXEC"]);

type Commands = Extract<Plan, { kind: "commands" }>;
/** What commands are made of. */
type Runnable = Commands | Extract<Plan, { kind: "stream" }>;

/** What is wrong with a request before anybody runs it. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  /** Header lines that belong to it. */
  readonly headers?: string;
}

const NOT_CAUGHT_UP: Refusal = {
  status: 503,
  error: "ERR the replica has not caught up with the sync token",
};

/** How the answer of the request under way looks. */
interface Wanted {
  cors: string;
  base64: boolean;
  resp: boolean;
}

/** One client's requests, one after the other. */
export class Rest {
  readonly client: HttpClient;
  /** A request is under way. */
  busy = false;
  readonly #http: Http;
  readonly #host: HttpHost;
  readonly #carrier: Carrier;
  readonly #wanted: Wanted = { cors: "", base64: false, resp: false };
  /** Ends what the primary was asked for. */
  #cancel: () => void = () => {};
  /** After an upgrade: the frames of the other protocol. */
  frames: WebSocketFrames | null = null;

  private constructor(http: Http, carrier: Carrier, client: HttpClient) {
    this.#http = http;
    this.#host = http.host;
    this.#carrier = carrier;
    this.client = client;
  }

  /** @returns the error where there may be no more clients */
  static make(http: Http, carrier: Carrier, peer: string, local: string): Rest | string {
    const client = HttpClient.make(http.host, carrier, peer, local);
    return typeof client === "string" ? client : new Rest(http, carrier, client);
  }

  /** Whose request it is, or why it is not served. */
  admit({ method, target, headers }: RestRequest): NamedUser | Refusal {
    if (method === "OPTIONS") return { status: 204, error: "", headers: preflight(headers) };
    if (!isServed(method)) {
      const error = `ERR method ${method.slice(0, 32)} is not allowed`;
      return { status: 405, error, headers: "allow: GET, POST, PUT, HEAD\r\n" };
    }
    const bearer = /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "");
    const token = bearer?.[1] ?? parameterOf(target, "_token");
    const user = token === undefined ? null : this.#http.tokens.userOf(token);
    if (user !== null) return user;
    if (token !== undefined) this.#host.access.refusedToken(this.client.connection);
    const headersOf401 = "www-authenticate: Bearer\r\n";
    return { status: 401, error: "WRONGPASS invalid or missing auth token", headers: headersOf401 };
  }

  /** Serves a request; the answer comes by the carrier. */
  serve(request: RestRequest, body: Uint8Array): void {
    this.busy = true;
    this.#look(request);
    const user = this.admit(request);
    if ("status" in user) return this.refuse(user);
    const plan = planOf(request, body);
    if (plan.kind === "refused") return this.refuse(plan);
    this.client.become(user);
    if (plan.kind === "websocket") return this.#upgrade(request);
    const bytes = bytesOf(plan);
    const token = request.headers.get("upstash-sync-token");
    this.#http.sync.reached(token ?? "", (hasIt) => {
      if (this.client.connection.closed) return;
      if (hasIt) this.#run(plan, bytes);
      else this.refuse(NOT_CAUGHT_UP);
    });
  }

  #look({ headers }: RestRequest): void {
    const wanted = this.#wanted;
    wanted.cors = headers.get("origin") ? CORS : "";
    wanted.base64 = headers.get("upstash-encoding")?.toLowerCase() === "base64";
    wanted.resp = headers.get("upstash-response-format")?.toLowerCase() === "resp2";
  }

  /** Answers with what is wrong. */
  refuse({ status, error, headers = "" }: Refusal): void {
    const { writer } = this.#http;
    writer.begin(0);
    if (error !== "") {
      writer.raw('{"error":');
      writer.text(error);
      writer.raw("}");
    }
    const type = error === "" ? "" : JSON_TYPE;
    this.#answer(status, `${type}${headers}`);
  }

  #answer(status: number, headers: string): void {
    const { bytes, at } = this.#http.writer;
    this.busy = false;
    this.#carrier.answer(status, headers + this.#wanted.cors, bytes, 0, at);
  }

  // ---- commands ---------------------------------------------------------------------------------

  #run(plan: Runnable, bytes: Uint8Array[]): void {
    if (plan.kind === "stream") return this.#stream(bytes[0]);
    this.client.publishesThere(this.#http.forwards);
    if (plan.shape === "transaction") return this.#transaction(plan, bytes);
    const count = bytes.length;
    this.#expect(count, (source, from) => {
      if (this.#http.forwards && this.#forwardSome(plan, bytes, source, from)) return;
      this.#finish(plan.shape, source, from, count);
    });
    this.client.send(count === 1 ? bytes[0] : joined(bytes));
  }

  #expect(count: number, done: (source: Uint8Array, from: number) => void): void {
    this.client.taker = new Replies(count, (source, from) => {
      this.client.taker = null;
      done(source, from);
      // What a renamed command has made of the connection is nothing that the next request should meet.
      if (!this.client.isClean) this.#host.closeSoon(this.client.connection);
    });
  }

  /** MULTI goes first: where it is refused the commands must not run one by one. */
  #transaction({ commands }: Commands, bytes: Uint8Array[]): void {
    const { client } = this;
    client.send(MULTI);
    const { connection } = client;
    // Replies leave when the turn ends: whoever takes them can be told now.
    if (connection.transaction === null && !connection.halted) {
      return this.#expect(1, (source, from) => this.#finish("single", source, from, 1));
    }
    const all = joined([...bytes, EXEC]);
    this.#expect(bytes.length + 2, (source, from) => {
      const places = placesOf(source, from, bytes.length + 2);
      const exec = places[bytes.length + 1];
      const may = this.#http.forwards && commands.every((command) => this.#mayForward(command));
      if (!may || !isTransactionToForward(source, places)) {
        return this.#finish("transaction", source, exec, -1);
      }
      this.#forward(joined([MULTI, all]), bytes.length + 2, (there, at, token) => {
        const ends = placesOf(there, at, bytes.length + 2);
        this.#finish("transaction", there, ends[bytes.length + 1], -1, token);
      });
    });
    client.send(all);
  }

  // ---- what a replica leaves to its primary -----------------------------------------------------

  /** @returns whether there was something to forward: the answer comes later */
  #forwardSome(plan: Commands, bytes: Uint8Array[], source: Uint8Array, from: number): boolean {
    const count = bytes.length;
    const places = placesOf(source, from, count);
    const may = (i: number) => this.#mayForward(plan.commands[i]);
    const reads = (i: number) => this.#http.reads(plan.commands[i][0]);
    const indices = toForward(source, places, may, reads);
    if (indices.length === 0) return false;
    // A copy: what was sent here is gone when the answer comes.
    const here: Uint8Array[] = places.slice(1).map((end, i) => source.slice(places[i], end));
    this.#forward(joined(indices.map((i) => bytes[i])), indices.length, (there, at, token) => {
      const ends = placesOf(there, at, indices.length);
      indices.forEach((index, i) => here[index] = there.subarray(ends[i], ends[i + 1]));
      this.#finish(plan.shape, joined(here), 0, count, token);
    });
    return true;
  }

  #mayForward([name]: CallArgument[]): boolean {
    return this.#http.mayForward(name, this.client.connection.user);
  }

  #forward(
    bytes: Uint8Array,
    count: number,
    done: (source: Uint8Array, from: number, token: string) => void,
  ): void {
    this.#cancel = this.#http.upstreams!.ask(bytes, count, (what) => {
      this.#cancel = () => {};
      if (this.client.connection.closed) return;
      if ("failed" in what) return this.refuse({ status: 503, error: what.failed });
      const isKnown = what.offset >= 0 && this.#http.sync.isInStep;
      const token = !isKnown ? "" : `${this.#host.role.id}:${what.offset}`;
      done(what.source, what.from, token);
    });
  }

  /** Nobody waits for an answer any more. */
  end(): void {
    this.#cancel();
    this.client.end();
  }

  /** Answers with replies. */
  #finish(
    shape: Shape,
    source: Uint8Array,
    from: number,
    count: number,
    token = this.#http.sync.token,
  ): void {
    const { writer } = this.#http;
    writer.begin(0);
    writer.base64 = this.#wanted.base64;
    const fails = shape !== "pipeline" && isErrorAt(source, from);
    const all = shape === "transaction" ? arrayCountAt(source, from) : count;
    if (this.#wanted.resp) this.#copyReplies(shape, source, from, count);
    else if (shape === "single" || fails) writer.outcome(source, from);
    else {
      let at = shape === "transaction" ? lineEnd(source, from) : from;
      writer.raw("[");
      for (let i = 0; i < all; i++) {
        if (i !== 0) writer.raw(",");
        at = writer.outcome(source, at);
      }
      writer.raw("]");
    }
    const type = this.#wanted.resp ? RESP_TYPE : JSON_TYPE;
    const sync = token === "" ? "" : `upstash-sync-token: ${token}\r\n`;
    this.#answer(fails ? 400 : 200, type + sync);
  }

  #copyReplies(shape: Shape, source: Uint8Array, from: number, count: number): void {
    const { writer } = this.#http;
    if (shape === "pipeline") writer.raw(`*${count}\r\n`);
    const replies = Math.max(count, 1);
    writer.copy(source, from, placesOf(source, from, replies)[replies]);
  }

  // ---- other than requests and answers ----------------------------------------------------------

  #stream(command: Uint8Array): void {
    this.client.taker = new EventStream(
      this.#http,
      this.#carrier,
      this.#wanted.cors,
      (source, from) => {
        this.client.taker = null;
        this.#finish("single", source, from, 1);
      },
    );
    this.client.send(command);
  }

  #upgrade({ headers }: RestRequest): void {
    const accept = WebSocketFrames.accept(headers);
    if (accept === null || !this.#carrier.upgrade()) {
      return this.refuse({
        status: 426,
        error: "ERR a WebSocket is spoken here",
        headers: "upgrade: websocket\r\n",
      });
    }
    this.#carrier.begin(101, accept);
    this.client.publishesThere(false);
    this.client.connection.resp = 3;
    this.frames = new WebSocketFrames(this.#http, this.#carrier, this.client);
    this.client.taker = this.frames;
  }
}

function bytesOf(plan: Runnable): Uint8Array[] {
  if (plan.kind === "stream") return [encodeCommand(plan.command)];
  return plan.commands.map((command) => encodeCommand(command));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What a browser is told that asks whether a script of another site may send its request. */
function preflight(headers: RestRequest["headers"]): string {
  const wanted = headers.get("access-control-request-headers");
  return "access-control-allow-methods: GET, POST, PUT, HEAD\r\n" +
    (wanted ? `access-control-allow-headers: ${wanted}\r\n` : "") +
    "access-control-max-age: 86400\r\n";
}

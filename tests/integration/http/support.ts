/** A server with an HTTP port, and what asks it. */

import { type Etna, start, type StartOptions } from "../../../mod.ts";
import { freePort } from "../../support/ports.ts";

export const TOKEN = "token-of-default";
export const READER = "token-of-reader";

export interface HttpServer extends AsyncDisposable {
  readonly etna: Etna;
  readonly port: number;
  readonly url: string;
  /** Sends a request with the default user's token. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** POST of a JSON body. @returns status and parsed answer */
  post(path: string, body: unknown, headers?: HeadersInit): Promise<{ status: number; json: Json }>;
}

// deno-lint-ignore no-explicit-any -- an answer of any shape, which the test compares as a whole
export type Json = any;

/** Has a user `reader`, who may only read, and not list keys. */
export async function startHttp(options: StartOptions = {}): Promise<HttpServer> {
  const port = freePort();
  const etna = await start({
    "http-port": port,
    bind: "127.0.0.1",
    "http-tokens": [TOKEN, "default", READER, "reader"],
    ...options,
  });
  await etna.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "&*", "+@read", "-keys", "-scan");
  const url = `http://127.0.0.1:${port}`;
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${TOKEN}`);
    return fetch(url + path, { ...init, headers });
  };
  return {
    etna,
    port,
    url,
    ask,
    post: async (path, body, headers = {}) => {
      const response = await ask(path, { method: "POST", body: JSON.stringify(body), headers });
      return { status: response.status, json: await response.json() };
    },
    [Symbol.asyncDispose]: () => etna.close(),
  };
}

/** Of what came before, as much as a pattern can reach back. */
const LOOKED_AT = 1000;

/** A socket that speaks bytes: for what no client would send. */
export class RawHttp implements Disposable {
  private constructor(readonly socket: Deno.TcpConn) {}

  static async connect(port: number): Promise<RawHttp> {
    return new RawHttp(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  async write(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
  }
  /** Reads on until what came last matches, or the other side ends. @returns all that came */
  async until(pattern: RegExp): Promise<string> {
    const buffer = new Uint8Array(65536);
    const parts: string[] = [];
    let last = "";
    while (!pattern.test(last)) {
      const count = await this.socket.read(buffer).catch(() => null);
      if (count === null) break;
      const part = String.fromCharCode(...buffer.subarray(0, count));
      parts.push(part);
      last = last.slice(-LOOKED_AT) + part;
    }
    return parts.join("");
  }
  /** All that comes before the other side ends. */
  rest(): Promise<string> {
    return this.until(/(?!)/);
  }
  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/**
 * Whether everything that a client offers works: each command of node-redis is called once, on Etna and on the
 * real server, in both protocols, and the results are compared as the client understands them.
 */

import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import { start } from "../../mod.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { type Call, CALLS } from "./client_surface_calls.ts";

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Methods of the client that are no commands, need another connection, or end this one. */
const OTHERS =
  /^(addListener|asap|auth|close|connect|constructor|createPool|destroy|disconnect|duplicate|emit|eventNames|extendPubSub\w+|getMaxListeners|getPubSubListeners|hello|legacy|listenerCount|listeners|monitor|multi|off|on|once|prepend\w+|quit|rawListeners|reAuthenticate|ref|remove\w+|reset\w*|select|sendCommand|set(DirtyWatch|MaxListeners)|unref|with\w+|\w+Iterator|s?p?(un)?subscribe|pUnsubscribe|pSubscribe|sSubscribe|sUnsubscribe)$/i;
/** Of other rooms, with tests of their own; of clusters and modules; what writes files or waits for a debugger. */
const ELSEWHERE =
  /^(acl|asking|bgRewriteAof|blMoveM|cluster|configRewrite|client(Caching|Kill)|eval|fCall|function|lMoveM|latencyGraph|module(Load|Unload)|objectFreq|readonly|restore|script)/;
/** Newer than the versions that Etna speaks. */
const LATER =
  /^(ar[A-Z]\w+|bless\w+|hImport\w+|hotkeys\w+|incr[eE]x\w*|s(Diff|Union)Card|v[A-Z]\w+|xCfgSet|xNack)$/;

function methodsOf(client: object): string[] {
  const names = new Set<string>();
  for (let at = client; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (/^[a-z]/.test(name) && typeof value === "function") names.add(name);
    }
  }
  return [...names];
}

/** What the calls give, in words where it is an error. */
async function results(port: number, resp: 2 | 3, calls: readonly Call[]): Promise<unknown[]> {
  const client = createClient({ RESP: resp, socket: { host: "127.0.0.1", port } });
  client.on("error", () => {});
  await client.connect();
  const methods = client as unknown as Methods;
  const found: unknown[] = [];
  for (const [name, ...args] of calls) {
    try {
      const result = await methods[name.replace(/[*?]$/, "")](...args);
      found.push(name.endsWith("?") ? "something" : result);
    } catch (error) {
      found.push(`${error}`);
    }
  }
  client.destroy();
  return found;
}

Deno.test("node-redis: every command is called, or named as another's", () => {
  const called = new Set(CALLS.map(([name]) => name.replace(/[*?]$/, "")));
  const left = methodsOf(Object.getPrototypeOf(createClient())).filter((name) =>
    !called.has(name) && !OTHERS.test(name) && !ELSEWHERE.test(name) && !LATER.test(name)
  );
  assertEquals(left, []);
});

for (const resp of [2, 3] as const) {
  Deno.test({
    name: `node-redis: every command works, as with the real server, in RESP${resp}`,
    ignore: findOracle() === undefined,
    fn: async () => {
      await using oracle = await startOracle();
      const etna = await start({ port: 0 });
      try {
        const expected = await results(oracle.port, resp, CALLS);
        const got = await results(etna.port, resp, CALLS);
        CALLS.forEach((call, i) => {
          const shown = JSON.stringify(call);
          if (/^\w*Error|^Error/.test(`${got[i]}`)) throw new Error(`${shown}: ${got[i]}`);
          if (!call[0].endsWith("*")) assertEquals(got[i], expected[i], shown);
        });
      } finally {
        await etna.close();
      }
    },
  });
}

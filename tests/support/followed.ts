/** Etna within the test, with a follower that keeps what is propagated. */

import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import { startServer } from "../../server/main.ts";
import type { RespClient } from "./resp_client.ts";
import { testEnvironment } from "./environment.ts";

export interface Followed extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What has been propagated so far, one character a byte. */
  effects(): string;
}

/** Starts one. */
export async function startFollowed(options: Record<string, string> = {}): Promise<Followed> {
  const config = new Config(Deno.cwd());
  const wanted = { "enable-debug-command": "yes", ...options };
  for (const [name, value] of Object.entries(wanted)) {
    const wrong = config.configure(name as OptionName, [value]);
    if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
  }
  let text = "";
  const running = await startServer({ config, embedded: true, anyPort: true }, testEnvironment());
  running.server.propagation.follow({
    more(place) {
      place.pieces((ptr, len) => {
        const bytes = running.server.core.u8.subarray(ptr, ptr + len);
        for (let i = 0; i < bytes.length; i += 4096) {
          text += String.fromCharCode(...bytes.subarray(i, i + 4096));
        }
      });
      place.take(place.behind);
      return true;
    },
    lost() {
      throw new Error("something was lost");
    },
  });
  return {
    host: "127.0.0.1",
    port: running.port,
    effects: () => text,
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** The operations of effects, each a list of words. */
export function operationsOf(effects: string): string[][] {
  const operations: string[][] = [];
  let at = 0;
  const line = (mark: string) => {
    const end = effects.indexOf("\r\n", at);
    if (end < 0 || effects[at] !== mark) {
      throw new Error(`no ${mark} at ${at}: ${JSON.stringify(effects.slice(at, at + 40))}`);
    }
    const count = Number(effects.slice(at + 1, end));
    at = end + 2;
    return count;
  };
  while (at < effects.length) {
    const words: string[] = [];
    for (let left = line("*"); left > 0; left--) {
      const length = line("$");
      words.push(effects.slice(at, at + length));
      at += length + 2;
    }
    operations.push(words);
  }
  return operations;
}

/** Sends effects to a server. @returns error replies, of which there should be none */
export async function replay(client: RespClient, effects: string): Promise<string[]> {
  const errors: string[] = [];
  const count = operationsOf(effects).length;
  const sent = client.sendRaw(effects);
  for (let i = 0; i < count; i++) {
    const { reply, raw } = await client.read();
    const isWrong = "items" in reply
      ? reply.items.some(({ kind }) => kind === "error")
      : reply.kind === "error";
    if (isWrong) errors.push(`operation ${i}: ${raw}`);
  }
  await sent;
  return errors;
}

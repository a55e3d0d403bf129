/** Sentinels, Etna's and real ones, on servers that they watch. */

import { RespClient } from "./resp_client.ts";
import { textOf } from "./resp_reply.ts";
import { type ServerHandle, startServer } from "./server_process.ts";
import type { Kind } from "./nodes.ts";

const REPOSITORY_ROOT = new URL("../../", import.meta.url).pathname;

/** What a group watches. */
export interface Watch {
  name: string;
  port: number;
  quorum: number;
  /** `option value` lines of the primary. */
  options?: Record<string, string | number>;
}

export class SentinelNode implements AsyncDisposable {
  private constructor(readonly handle: ServerHandle, readonly client: RespClient) {}

  /** @param lines further lines of its configuration file */
  static async start(
    kind: Kind,
    { name, port, quorum, options = {} }: Watch,
    lines: readonly string[] = [],
  ): Promise<SentinelNode> {
    const text = (own: number, dir: string) =>
      [
        `port ${own}`,
        "bind 127.0.0.1",
        `dir ${dir}`,
        `sentinel monitor ${name} 127.0.0.1 ${port} ${quorum}`,
        ...Object.entries(options).map(([option, value]) => `sentinel ${option} ${name} ${value}`),
        ...lines,
        "",
      ].join("\n");
    const file = (own: number, dir: string) => {
      Deno.writeTextFileSync(`${dir}/sentinel.conf`, text(own, dir));
      return `${dir}/sentinel.conf`;
    };
    const handle = await startServer(
      kind === "redis"
        ? {
          name: "redis-sentinel",
          command: "redis-sentinel",
          args: (own, dir) => [file(own, dir)],
        }
        : {
          name: "etna-sentinel",
          command: Deno.execPath(),
          cwd: REPOSITORY_ROOT,
          args: (own, dir) => ["run", "-A", "mod.ts", file(own, dir), "--sentinel"],
        },
    );
    return new SentinelNode(handle, await RespClient.connect(handle));
  }

  async say(...words: string[]): Promise<string> {
    return textOf((await this.client.command(...words)).reply);
  }

  /** The port of the primary, as clients are told. */
  async primaryPort(name: string): Promise<number> {
    const { raw } = await this.client.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
    return Number(/\r\n(\d+)\r\n$/.exec(raw)?.[1] ?? 0);
  }

  /** A field of SENTINEL MASTER. */
  async field(name: string, field: string): Promise<string> {
    const { raw } = await this.client.command("SENTINEL", "MASTER", name);
    const words = raw.split("\r\n").filter((word) => word !== "" && !/^[*$]/.test(word));
    return words[words.indexOf(field) + 1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.handle[Symbol.asyncDispose]();
  }
}

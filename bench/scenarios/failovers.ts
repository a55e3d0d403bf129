/**
 * Failovers: three servers and three Sentinels on one machine; the primary is killed, and a client of ioredis that
 * knows only the Sentinels writes on as soon as it can. Counted from the kill to the first write that the new
 * primary acknowledges, and what of it was detection, vote, promotion and the client's own.
 */

import { Redis } from "ioredis";
import { emptyFigure, type Figure, serverNames } from "../figures.ts";
import { Server, type ServerSpec, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const SERVERS = 3;
const SENTINELS = 3;
const FIRST_PORT = 7801;
const FIRST_SENTINEL_PORT = 7811;
const DOWN_AFTER_MS = 300;
const GROUP = "group";
const PATIENCE_MS = 60_000;

const figure = (what: string, unit = "ms") =>
  emptyFigure(scenarioGroup, failovers.name, what, unit, "less");

export const failovers: Scenario = {
  name: "failovers",
  async run({ specs, quick, rounds, log }: Bench): Promise<Figure[]> {
    const whole = figure("kill to first write");
    const worst = figure("kill to first write, worst");
    const parts = {
      detection: figure("detection"),
      vote: figure("vote"),
      promotion: figure("promotion"),
      client: figure("client"),
    };
    const lost = figure("acknowledged writes lost in a failover", "writes");
    const count = quick ? 3 : Math.max(10, rounds * 10);
    for (const name of serverNames) {
      await using group = await Group.start(specs[name]);
      for (let i = 0; i < count; i++) {
        const seen = await group.failOver();
        whole[name].push(seen.wholeMs);
        for (const [part, ms] of Object.entries(seen.parts)) {
          parts[part as keyof typeof parts][name].push(ms);
        }
        lost[name].push(seen.lost);
        log(
          `failovers: ${name} ${i + 1}/${count}: ${seen.wholeMs.toFixed(0)} ms (${
            Object.entries(seen.parts).map(([part, ms]) => `${part} ${ms.toFixed(0)}`).join(", ")
          }), ${seen.lost} lost`,
        );
      }
      worst[name].push(Math.max(...whole[name]));
    }
    return [whole, worst, ...Object.values(parts), lost];
  },
};

interface Seen {
  wholeMs: number;
  parts: { detection: number; vote: number; promotion: number; client: number };
  lost: number;
}

class Group implements AsyncDisposable {
  readonly servers = new Map<number, Server>();
  readonly sentinels: Server[] = [];
  client!: Redis;
  #written = 0;

  private constructor(readonly spec: ServerSpec, readonly dir: string) {}

  static async start(spec: ServerSpec): Promise<Group> {
    const group = new Group(spec, await Deno.makeTempDir({ prefix: "etna-bench-" }));
    for (let i = 0; i < SERVERS; i++) {
      await group.#startServer(FIRST_PORT + i, i === 0 ? null : FIRST_PORT);
    }
    for (let i = 0; i < SENTINELS; i++) {
      const conf = `${group.dir}/${i}.conf`;
      await Deno.writeTextFile(
        conf,
        [
          `sentinel monitor ${GROUP} 127.0.0.1 ${FIRST_PORT} 2`,
          `sentinel down-after-milliseconds ${GROUP} ${DOWN_AFTER_MS}`,
          `sentinel failover-timeout ${GROUP} 1000`,
          "",
        ].join("\n"),
      );
      const words = [conf, "--sentinel", "--logfile", group.#log(i)];
      group.sentinels.push(
        await Server.start({
          ...spec,
          port: FIRST_SENTINEL_PORT + i,
          command: [...spec.command, ...words],
        }),
      );
    }
    await group.#whole();
    group.client = new Redis({
      name: GROUP,
      sentinels: group.sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
    });
    group.client.on("error", () => {});
    return group;
  }

  #log(i: number): string {
    return `${this.dir}/${i}.log`;
  }

  async #startServer(port: number, primary: number | null): Promise<void> {
    const follow = primary === null ? [] : ["--replicaof", "127.0.0.1", `${primary}`];
    const more = [
      "--repl-diskless-sync-delay",
      "0",
      "--dir",
      this.dir,
      "--dbfilename",
      `${port}.rdb`,
    ];
    const command = [...this.spec.command, ...more, ...follow];
    this.servers.set(port, await Server.start({ ...this.spec, port, command }));
  }

  async #primary(sentinel = this.sentinels[0]): Promise<number> {
    const reply = await sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP);
    return Number(reply.split("\n")[1]);
  }

  /** Waits until all Sentinels know all, and all replicas follow. */
  async #whole(): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const states = await Promise.all(this.sentinels.map((one) => this.#isWhole(one)));
      if (states.every((state) => state)) return;
      if (performance.now() > endMs) throw new Error("the group does not become whole");
      await sleep(100);
    }
  }

  async #isWhole(sentinel: Server): Promise<boolean> {
    const replicas = await sentinel.command("SENTINEL", "REPLICAS", GROUP);
    const peers = await sentinel.command("SENTINEL", "SENTINELS", GROUP);
    const up = replicas.match(/^master-link-status\nok$/gm)?.length ?? 0;
    const plain = replicas.match(/^flags\nslave$/gm)?.length ?? 0;
    return up === SERVERS - 1 && plain === SERVERS - 1 &&
      (peers.match(/^flags\nsentinel$/gm)?.length ?? 0) === SENTINELS - 1;
  }

  async failOver(): Promise<Seen> {
    const port = await this.#primary();
    const old = this.servers.get(port)!;
    const { client } = this;
    let acknowledged = 0;
    let killedMs = 0;
    let firstMs = 0;
    let stopped = false;
    const acknowledgedBefore = new Set<number>();
    const writing = (async () => {
      while (!stopped) {
        const number = ++this.#written;
        const isAfter = killedMs !== 0;
        try {
          await client.rpush("numbers", `${number}`);
          if (killedMs === 0) acknowledgedBefore.add(number);
          else if (isAfter && firstMs === 0) firstMs = Date.now();
          acknowledged++;
        } catch { /* it was under way when the connection broke */ }
        if (acknowledged % 50 === 0) await sleep(1);
      }
    })();
    await sleep(300);
    killedMs = Date.now();
    Deno.kill(old.pid, "SIGKILL");
    const endMs = performance.now() + PATIENCE_MS;
    while (firstMs === 0 && performance.now() < endMs) await sleep(1);
    stopped = true;
    await writing;
    const found = new Set((await client.lrange("numbers", 0, -1)).map(Number));
    const lost = [...acknowledgedBefore].filter((number) => !found.has(number)).length;
    await client.del("numbers");
    const parts = await this.#parts(killedMs, firstMs);
    await old[Symbol.asyncDispose]();
    await this.#startServer(port, await this.#primary());
    await this.#whole();
    // Both wait for twice the failover's time limit until they begin another.
    await sleep(2500);
    return { wholeMs: firstMs - killedMs, parts, lost };
  }

  /** Where the time went, by the Sentinels' logs. */
  async #parts(killedMs: number, firstMs: number): Promise<Seen["parts"]> {
    const firstOf = { odown: Infinity, elected: Infinity, promoted: Infinity };
    for (let i = 0; i < this.sentinels.length; i++) {
      for (const line of (await Deno.readTextFile(this.#log(i))).split("\n")) {
        const [, time, name] =
          /^\d+:X (.*?) [.\-*#] \+(odown|elected-leader|promoted-slave) /.exec(line) ?? [];
        if (time === undefined) continue;
        const ms = Date.parse(time.replace(/(\d\d)\.(\d+)$/, "$1.$2") + "Z");
        if (ms < killedMs - 1) continue;
        const key = name === "odown" ? "odown" : name === "elected-leader" ? "elected" : "promoted";
        firstOf[key] = Math.min(firstOf[key], ms);
      }
    }
    return {
      detection: firstOf.odown - killedMs,
      vote: firstOf.elected - firstOf.odown,
      promotion: firstOf.promoted - firstOf.elected,
      client: firstMs - firstOf.promoted,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client?.disconnect();
    for (const server of [...this.sentinels, ...this.servers.values()]) {
      await server[Symbol.asyncDispose]();
    }
    await Deno.remove(this.dir, { recursive: true });
  }
}

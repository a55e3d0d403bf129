/** Nodes of a simulated world: places where a server runs, dies and is started again. */

import { type CoreImage, makeCore } from "../../core-as/host/core.ts";
import type { Sentinel } from "../../cluster/sentinel/sentinel.ts";
import { loadConfig, type LoadedConfig } from "../../server/config/command_line.ts";
import { Config } from "../../server/config/config.ts";
import { ConfigFilesHost } from "../../server/config/host.ts";
import type { OptionName } from "../../server/config/options.ts";
import type { Environment } from "../../server/env/env.ts";
import { NOTHING_RELEASED } from "../../server/env/network.ts";
import { cloneCode } from "../../server/env/real/code.ts";
import { prepareEnd } from "../../server/saving/ending.ts";
import { type Running, startServer } from "../../server/main.ts";
import type { Server } from "../../server/server.ts";
import { SimDisk } from "./disk.ts";
import type { SimNetwork } from "./network.ts";
import type { World } from "./world.ts";

export type Options = { [Name in OptionName]?: string };

/** Memory of a node's core: little, so that a thousand of them come and go quickly. */
const CORE_BYTES = 32 << 20;
export const PORT = 6379;

export class SimNode {
  readonly disk: SimDisk;
  /** The log of all its lives. */
  readonly log: string[] = [];
  /** How far its wall clock is ahead of others'. */
  aheadMs = 0;
  /** Times that it was started. */
  lives = 0;
  #running: Running | null = null;
  #life = 0;

  constructor(
    readonly world: World,
    readonly net: SimNetwork,
    readonly image: CoreImage,
    readonly name: string,
    public options: Options,
    /** The lines of a Sentinel's configuration, where it is one: it keeps them on its disk from then on. */
    readonly sentinelLines: readonly string[] | null = null,
  ) {
    this.disk = new SimDisk(world);
  }

  get address(): string {
    return `${this.name}:${PORT}`;
  }
  get isUp(): boolean {
    return this.#running !== null;
  }
  get sentinel(): Sentinel {
    return this.#running!.sentinel!;
  }
  get server(): Server {
    return this.#running!.server;
  }

  /** Starts a server on what the disk has. @throws Error when it cannot start with that */
  async start(): Promise<void> {
    const { world } = this;
    const life = ++this.#life;
    this.lives++;
    const seed = world.randomBytes().bytes(24);
    const core = await makeCore({ seed, databases: 16, limitBytes: CORE_BYTES }, this.image);
    const config = new Config("/data");
    const options = { port: `${PORT}`, bind: this.name, "protected-mode": "no", ...this.options };
    for (const [name, value] of Object.entries(options) as [OptionName, string][]) {
      const wrong = config.configure(name, value === "" ? [""] : value.split(" "));
      if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
    }
    const loaded = this.sentinelLines === null ? undefined : this.#loadSentinel(config);
    let failure: unknown;
    let started = false;
    const sentinel = loaded !== undefined;
    startServer(
      { config, loaded, sentinel, embedded: true, loads: !sentinel, makeCore: () => core },
      this.#environment(() => life === this.#life),
    ).then((running) => {
      started = true;
      if (life === this.#life) this.#running = running;
    }, (error) => failure = error ?? new Error("unknown"));
    await world.until(() => started || failure !== undefined, 60e6, `${this.name} starts`);
    if (failure !== undefined) throw failure;
  }

  #loadSentinel(config: Config): LoadedConfig {
    const host = new ConfigFilesHost(this.disk.mount(), "/data");
    const file = "/data/sentinel.conf";
    if (host.textOf(file) === undefined) {
      host.writeAtomic(file, this.sentinelLines!.map((line) => `sentinel ${line}\n`).join(""));
    }
    const command = { action: "serve", stdin: false, optionText: "", sentinel: true } as const;
    return loadConfig(config, { ...command, file }, host);
  }

  #environment(isAlive: () => boolean): Environment {
    const { world } = this;
    return {
      clock: world.clock(() => this.aheadMs),
      timers: world.timers(isAlive),
      random: world.randomBytes(),
      disk: this.disk.mount(),
      network: this.net.of(this.name),
      process: {
        id: 1000 + this.#life,
        system: "simulated",
        executable: "",
        totalMemoryBytes: 1 << 30,
        residentBytes: () => 1 << 20,
        cpu: () => ({
          user: 0,
          system: 0,
          childrenUser: 0,
          childrenSystem: 0,
          mainThreadUser: 0,
          mainThreadSystem: 0,
        }),
      },
      processes: {
        isExecutable: () => false,
        run: () => ({ ended: Promise.resolve(0), kill: () => {} }),
        die: () => world.after(0, () => isAlive() && this.crash(false)),
      },
      log: {
        write: (level, text) => {
          const line = `${(world.nowUs / 1e6).toFixed(6)} ${level} ${text}`;
          this.log.push(line);
          if (text.startsWith("Bug")) world.failures.push(new Error(`${this.name}: ${line}`));
        },
      },
      ...cloneCode,
      compileCore: () => Promise.resolve(this.image),
      pageReleaser: () => NOTHING_RELEASED,
      quietUs: () => 0,
      close: () => {},
    };
  }

  /** It is told to end, and does: what is configured to be on the disk is. */
  async stop(): Promise<void> {
    const running = this.#running!;
    this.#running = null;
    prepareEnd(running.server, this.options.appendonly === "yes" ? null : "save", true);
    let ended = false;
    void running.close().then(() => ended = true);
    await this.world.until(() => ended, 10e6, `${this.name} ends`);
    this.#life++;
    this.net.crash(this.name, false);
  }

  /** The process dies at once. @param power with the machine: what was not synced is lost, peers are not told */
  crash(power: boolean): void {
    this.#life++;
    this.#running = null;
    this.disk.crash(power);
    this.net.crash(this.name, power);
  }
}

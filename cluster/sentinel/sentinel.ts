/** A Sentinel: drives the machine on the server's clock, network and configuration file. */

import type { Environment } from "../../server/env/env.ts";
import type { Caller, Destination, TlsOptions } from "../../server/env/network.ts";
import type { LoadedConfig } from "../../server/config/command_line.ts";
import { rewriteText } from "../../server/config/rewrite.ts";
import type { ReplyValue } from "../../server/resp/decoder.ts";
import { userLines } from "../../server/acl/file.ts";
import type { Server } from "../../server/server.ts";
import type { Channel, SentinelAction, SentinelEvent } from "./actions.ts";
import { Machine } from "./machine.ts";
import { phaseOf, readSetting, settingLines } from "./settings.ts";
import { type Asked, SocketLink } from "./socket_link.ts";

export interface SentinelSurroundings {
  dial(destination: Destination, caller: Caller): () => void;
  /** Where clients reach it. */
  port(): number;
  /** What it shows others over TLS. @throws Error that says what is missing */
  tls(): TlsOptions;
}

export const DEFAULT_SENTINEL_PORT = 26379;
const HELLO_CHANNEL = "__sentinel__:hello";

export class Sentinel {
  readonly machine: Machine;
  #server: Server | null = null;
  #surroundings: SentinelSurroundings | null = null;
  readonly #channels = new Map<string, SocketLink>();
  readonly #scripts = new Map<number, () => void>();
  #isOver = false;

  constructor(readonly environment: Environment) {
    const { random } = environment;
    this.machine = new Machine(
      {
        port: () => {
          const { values } = this.server.config;
          return (values["tls-replication"] && values["tls-port"]) || this.#surroundings!.port();
        },
        password: () => this.#server?.config.values.requirepass ?? "",
      },
      () => new Uint32Array(random.bytes(4).buffer)[0] / 2 ** 32,
    );
    this.machine.state.nowMs = this.nowMs;
  }

  /** Time that never goes back: a wall clock that is set makes no instance look silent. */
  get nowMs(): number {
    return this.environment.clock.monotonicUs() / 1000;
  }
  get server(): Server {
    return this.#server!;
  }

  // ---- the configuration file -------------------------------------------------------------------

  /** Takes the `sentinel` lines of a configuration. @throws ConfigError where one is wrong */
  configure(loaded: LoadedConfig | undefined): void {
    const { state } = this.machine;
    const { processes } = this.environment;
    const lines = [...loaded?.kept.sentinel ?? []].filter(({ words }) => words.length > 0);
    const needs = { isExecutable: (path: string) => processes.isExecutable(path) };
    for (const phase of [0, 1, 2]) {
      for (const { words, fail } of lines) {
        if (phaseOf(words[0]) !== phase) continue;
        const refused = readSetting(state, words, needs);
        if (refused !== undefined) throw fail(refused);
      }
    }
    if (state.id === "") state.id = hex(this.environment.random.bytes(20));
  }

  /** Writes what is to be remembered. @throws Error in the system's words */
  save(): void {
    const { config, configFiles } = this.server;
    const { path } = configFiles;
    if (path === undefined) throw new Error("there is no configuration file");
    const text = rewriteText(config, configFiles.textOf(path) ?? "", {
      users: userLines(this.server),
      sentinel: settingLines(this.machine.state),
    });
    configFiles.writeAtomic(path, text);
  }

  /** @returns whether what is to be remembered is on the disk */
  #trySave(): boolean {
    try {
      this.save();
      this.server.log.notice("Sentinel new configuration saved on disk");
      return true;
    } catch (error) {
      this.server.log.warning(
        `WARNING: Sentinel was not able to save the new configuration on disk!!!: ${
          (error as Error).message
        }`,
      );
      return false;
    }
  }

  // ---- life -------------------------------------------------------------------------------------

  /** Begins to watch. */
  begin(server: Server, surroundings: SentinelSurroundings): void {
    this.#server = server;
    this.#surroundings = surroundings;
    const { state } = this.machine;
    state.save();
    this.settle();
    server.log.warning(`Sentinel ID is ${state.id}`);
    for (const primary of state.primaries.values()) {
      state.tell("warning", "+monitor", primary, `quorum ${primary.quorum}`);
    }
    this.carryOut(state.take());
    this.#tick();
  }

  #tick(): void {
    if (this.#isOver) return;
    this.#step({ on: "tick" });
    this.server.timers.after(this.machine.tickMs, () => this.server.defer(() => this.#tick()));
  }

  #step(event: SentinelEvent): void {
    if (this.#isOver) return;
    this.carryOut(this.machine.step(event, this.nowMs));
  }

  close(): void {
    this.#isOver = true;
    for (const channel of this.#channels.values()) channel.close();
    for (const kill of this.#scripts.values()) kill();
    this.#channels.clear();
  }

  // ---- actions ----------------------------------------------------------------------------------

  /** Does what commands have left to be done. */
  settle(): void {
    this.carryOut(this.machine.state.take());
  }

  carryOut(actions: readonly SentinelAction[]): void {
    let isSaved = false;
    for (const action of actions) {
      if (action.do === "save") isSaved = this.#trySave();
      else this.#carryOut(action);
    }
    if (isSaved) this.#step({ on: "saved" });
  }

  #carryOut(action: Exclude<SentinelAction, { do: "save" }>): void {
    switch (action.do) {
      case "open":
        return this.#open(action);
      case "close":
        this.#channels.get(keyOf(action.link, action.channel))?.close();
        return void this.#channels.delete(keyOf(action.link, action.channel));
      case "send": {
        const { instance, purpose } = action;
        return this.#channels.get(keyOf(action.link, action.channel))
          ?.send(action.words, { instance, purpose });
      }
      case "tell":
        this.server.log[action.level](`${action.name} ${action.text}`);
        return action.level === "debug" ? undefined : this.#publish(action.name, action.text);
      case "log":
        return this.server.log[action.level](action.text);
      case "run":
        return this.#run(action.id, action.words);
      case "kill":
        return this.#scripts.get(action.id)?.();
      case "resolve":
        return this.#resolve(action.host);
      case "die":
        return this.environment.processes.die();
    }
  }

  #open({ link, channel, host, port, credentials }: SentinelAction & { do: "open" }): void {
    const key = keyOf(link, channel);
    const { server } = this;
    const from = server.config.values["bind-source-addr"] ?? "";
    const greeting: string[][] = [];
    if (credentials !== null) {
      const { user, password } = credentials;
      greeting.push(["AUTH", ...user === "" ? [] : [user], password]);
    }
    const kind = channel === "command" ? "cmd" : "pubsub";
    greeting.push(["CLIENT", "SETNAME", `sentinel-${this.machine.state.id.slice(0, 8)}-${kind}`]);
    if (channel === "hello") greeting.push(["SUBSCRIBE", HELLO_CHANNEL]);
    const events = {
      opened: (local: string) => this.#step({ on: "opened", link, channel, local }),
      replied: (value: ReplyValue, asked: Asked | null) =>
        this.#replied(link, channel, value, asked),
      closed: (reason: string) => {
        this.#channels.delete(key);
        this.#step({ on: "closed", link, channel, reason });
      },
    };
    try {
      const tls = server.config.values["tls-replication"] ? this.#surroundings!.tls() : null;
      const destination = { host, port, tls, from };
      const dial = (to: Destination, caller: Caller) => this.#surroundings!.dial(to, caller);
      this.#channels.set(key, new SocketLink(server, dial, destination, greeting, events));
    } catch (error) {
      const reason = (error as Error).message;
      // The machine is in the middle of what it does.
      server.defer(() => this.#step({ on: "closed", link, channel, reason }));
    }
  }

  #replied(link: number, channel: Channel, value: ReplyValue, asked: Asked | null): void {
    if (asked !== null) return this.#step({ on: "reply", ...asked, value });
    if (channel !== "hello" || !Array.isArray(value)) return;
    this.machine.state.links.get(link)!.helloActivityMs = this.nowMs;
    if (value[0] === "message" && typeof value[2] === "string") {
      this.#step({ on: "hello", payload: value[2] });
    }
  }

  /** A hello that another Sentinel has published here. */
  heard(payload: string): void {
    this.#step({ on: "hello", payload });
  }

  #publish(channel: string, text: string): void {
    const { core, pubsub } = this.server;
    if (!pubsub.listened) return;
    core.withArguments([channel, core.toBinary(text)], () => {
      pubsub.publish(core.argPtr(0), core.argLen(0), core.argPtr(1), core.argLen(1));
    });
    this.server.wake();
  }

  #resolve(host: string): void {
    void this.environment.network.lookup(host).then((address) =>
      this.server.defer(() => this.#step({ on: "resolved", host, address }))
    );
  }

  #run(id: number, words: readonly string[]): void {
    const { ended, kill } = this.environment.processes.run(words);
    this.#scripts.set(id, kill);
    void ended.then((status) => {
      this.#scripts.delete(id);
      this.server.defer(() => this.#step({ on: "script", id, status }));
    });
  }
}

function keyOf(link: number, channel: Channel): string {
  return `${link} ${channel}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

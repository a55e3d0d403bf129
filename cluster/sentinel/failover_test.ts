/**
 * What a Sentinel does when a failover does not go on: in each of its states the time that it may take runs out, no
 * sooner than it should. Only the machine runs; the servers and the other Sentinels are lines of this file.
 */

import { assert, assertEquals } from "@std/assert";
import type { SentinelAction } from "./actions.ts";
import { Machine } from "./machine.ts";
import { readSetting } from "./settings.ts";

const TICK_MS = 100;
const FAILOVER_TIMEOUT_MS = 5000;
const ME = "1".repeat(40);

/** A server as it presents itself. */
interface Server {
  role: "master" | "slave";
  /** Whom it follows. */
  primary: string;
  priority: number;
  /** It answers nothing, or what it is asked to become it does not. */
  isSilent: boolean;
  isStubborn: boolean;
}

/** A group of a primary, 10.0.0.1, replicas behind it and other Sentinels; addresses are names. */
class Stage {
  readonly machine: Machine;
  nowMs = 1_000_000;
  told: string[] = [];
  readonly servers = new Map<string, Server>();
  /** Sentinels vote for whoever asks. */
  votes = true;
  readonly #addresses = new Map<number, string>();

  constructor(replicas: number, peers: number) {
    this.machine = new Machine({ port: () => 26379, password: () => "" }, () => 0.5);
    const { state } = this.machine;
    state.nowMs = this.nowMs;
    const lines = [
      `myid ${ME}`,
      "monitor group 10.0.0.1 6379 1",
      "down-after-milliseconds group 1000",
      `failover-timeout group ${FAILOVER_TIMEOUT_MS}`,
      ...Array.from(
        { length: peers },
        (_, i) => `known-sentinel group 10.0.1.${i} 26379 ${`${i + 2}`.repeat(40)}`,
      ),
      ...Array.from({ length: replicas }, (_, i) => `known-replica group 10.0.0.${i + 2} 6379`),
    ];
    for (const line of lines) {
      assertEquals(readSetting(state, line.split(" "), { isExecutable: () => true }), undefined);
    }
    for (let i = 0; i <= replicas; i++) {
      this.servers.set(`10.0.0.${i + 1}`, {
        role: i === 0 ? "master" : "slave",
        primary: "10.0.0.1",
        priority: 100 + i,
        isSilent: false,
        isStubborn: false,
      });
    }
    this.run(3000);
    this.told = [];
  }

  /** Time passes. */
  run(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += TICK_MS;
      this.#carryOut(this.machine.step({ on: "tick" }, this.nowMs));
    }
  }

  /** Runs until it tells something. @returns after how many milliseconds */
  hears(name: string): number {
    const fromMs = this.nowMs;
    while (!this.told.some((text) => text.startsWith(`${name} `))) {
      this.run(TICK_MS);
      assert(
        this.nowMs - fromMs < 60_000,
        `it never tells ${name}, but ${this.told.slice(-9).join("; ")}`,
      );
    }
    return this.nowMs - fromMs;
  }

  /** What it told of the failover, without who is meant. */
  get names(): string[] {
    return this.told.map((text) => text.split(" ")[0])
      .filter((name) => /failover|slave-reconf|promoted|selected|switch/.test(name));
  }

  #carryOut(actions: readonly SentinelAction[]): void {
    for (const action of actions) {
      const { machine, nowMs } = this;
      switch (action.do) {
        case "tell":
          this.told.push(`${action.name} ${action.text}`);
          break;
        case "save":
          this.#carryOut(machine.step({ on: "saved" }, nowMs));
          break;
        case "open": {
          this.#addresses.set(action.link, action.host);
          const { link, channel } = action;
          this.#carryOut(machine.step({ on: "opened", link, channel, local: "10.0.1.9" }, nowMs));
          break;
        }
        case "send":
          this.#answer(action);
      }
    }
  }

  #answer({ link, words, instance, purpose }: Extract<SentinelAction, { do: "send" }>): void {
    const server = this.servers.get(this.#addresses.get(link)!);
    if (server?.isSilent) return;
    const value = server === undefined ? this.#vote(words) : answerOf(server, words);
    this.#carryOut(this.machine.step({ on: "reply", instance, purpose, value }, this.nowMs));
  }

  #vote(words: readonly string[]) {
    if (words[1] !== "is-master-down-by-addr") return "PONG";
    const isVote = words[5] !== "*" && this.votes;
    return [1, isVote ? ME : "*", isVote ? Number(words[4]) : 0];
  }
}

function answerOf(server: Server, words: readonly string[]) {
  if (words[0] === "PING") return "PONG";
  if (words[0] === "SLAVEOF" && !server.isStubborn) {
    server.role = words[1] === "NO" ? "master" : "slave";
    server.primary = words[1];
  }
  if (words[0] !== "INFO") return "OK";
  const lines = [`run_id:${"a".repeat(40)}`, `role:${server.role}`];
  if (server.role === "slave") {
    lines.push(`master_host:${server.primary}`, "master_port:6379", "master_link_status:up");
    lines.push(`slave_priority:${server.priority}`, "slave_repl_offset:1");
  }
  return lines.join("\r\n");
}

/** The primary does not answer any more. */
function lose({ servers }: Stage): void {
  servers.get("10.0.0.1")!.isSilent = true;
}

Deno.test("wait_start: without votes it is given up, and tried again in another epoch", () => {
  const stage = new Stage(1, 2);
  stage.votes = false;
  lose(stage);
  stage.hears("+try-failover");
  const ms = stage.hears("-failover-abort-not-elected");
  // As long as it takes to find somebody down, as nobody answers later than that.
  assert(ms >= 1000 && ms <= 1000 + 2 * TICK_MS, `${ms} ms`);
  assertEquals(stage.names, ["+try-failover", "-failover-abort-not-elected"]);
  const { currentEpoch: before } = epochs(stage);
  stage.told = [];
  stage.votes = true;
  stage.hears("+try-failover");
  stage.hears("+switch-master");
  assertEquals(epochs(stage).currentEpoch, before + 1);
});

const epochs = ({ machine: { state } }: Stage) => ({ currentEpoch: state.epoch });

Deno.test("select_slave: without anybody to promote it is given up, and tried again", () => {
  const stage = new Stage(1, 2);
  stage.servers.get("10.0.0.2")!.priority = 0;
  stage.run(11_000);
  lose(stage);
  stage.hears("-failover-abort-no-good-slave");
  stage.servers.get("10.0.0.2")!.priority = 1;
  stage.told = [];
  stage.hears("+switch-master");
});

Deno.test("send_slaveof_noone and wait_promotion: who does not become a primary in time is given up", () => {
  const stage = new Stage(1, 2);
  stage.servers.get("10.0.0.2")!.isStubborn = true;
  lose(stage);
  stage.hears("+failover-state-wait-promotion");
  const ms = stage.hears("-failover-abort-slave-timeout");
  assert(ms > FAILOVER_TIMEOUT_MS - TICK_MS && ms <= FAILOVER_TIMEOUT_MS + 2 * TICK_MS, `${ms} ms`);
  // It is tried again, but not at once.
  stage.told = [];
  stage.servers.get("10.0.0.2")!.isStubborn = false;
  const againMs = stage.hears("+try-failover");
  assert(againMs >= FAILOVER_TIMEOUT_MS * 2, `${againMs} ms`);
  stage.hears("+switch-master");
});

Deno.test("wait_promotion: another one is tried soon where the chosen one has gone", () => {
  const stage = new Stage(2, 2);
  stage.servers.get("10.0.0.2")!.isStubborn = true;
  lose(stage);
  stage.hears("+failover-state-wait-promotion");
  stage.servers.get("10.0.0.2")!.isSilent = true;
  const ms = stage.hears("-failover-abort-slave-timeout");
  assert(ms < FAILOVER_TIMEOUT_MS, `${ms} ms`);
  stage.hears("+switch-master");
  assert(stage.told.at(-1) !== undefined);
  assert(
    stage.told.some((text) => text.startsWith("+switch-master group 10.0.0.1 6379 10.0.0.3 6379")),
  );
});

Deno.test("reconf_slaves: who does not follow in time is told once more, and the failover ends", () => {
  const stage = new Stage(3, 2);
  for (const name of ["10.0.0.3", "10.0.0.4"]) stage.servers.get(name)!.isStubborn = true;
  lose(stage);
  stage.hears("+failover-state-reconf-slaves");
  const ms = stage.hears("+failover-end-for-timeout");
  assert(ms > FAILOVER_TIMEOUT_MS - TICK_MS && ms <= FAILOVER_TIMEOUT_MS + 2 * TICK_MS, `${ms} ms`);
  stage.hears("+switch-master");
  // One at a time, by default: the other one has not been told before.
  assertEquals(stage.names.slice(stage.names.indexOf("+promoted-slave")), [
    "+promoted-slave",
    "+failover-state-reconf-slaves",
    "+slave-reconf-sent",
    "+failover-end-for-timeout",
    "+failover-end",
    "+slave-reconf-sent-be",
    "+switch-master",
  ]);
});

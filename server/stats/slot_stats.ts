/**
 * What the slots of a cluster cost, for CLUSTER SLOT-STATS: time of commands, and bytes of their requests, replies and
 * effects. Counted while `cluster-slot-stats-enabled`, from nought when it is switched on, when a slot comes or goes,
 * and after CONFIG RESETSTAT. Off, a command costs one look at whether there is anything to count in.
 *
 * A script is one command, whatever it runs; of a transaction each command counts for itself.
 */

import type { Core } from "../../core-as/host/core.ts";
import { type ClusterView, SLOT_COUNT } from "../cluster/cluster.ts";
import { type CommandFacts, KEYED_COMMAND } from "../commands/facts.ts";
import type { Pubsub } from "../pubsub/pubsub.ts";

/** What counting needs of the server. */
export interface SlotStatsNeeds {
  readonly core: Core;
  readonly output: { readonly writtenBytes: number };
  readonly propagation: { readonly active: boolean; readonly reached: number };
  readonly replication: { readonly replicas: { readonly length: number } } | null;
  readonly routing: { readonly view: ClusterView | null; slotOf(command: CommandFacts): number };
  readonly scripting: { readonly active: boolean };
}

/** What has no keys, or is part of a script, counts for no slot. */
export const NO_SLOT = -1;

export class SlotStats {
  readonly cpuUs = new Float64Array(SLOT_COUNT);
  readonly inputBytes = new Float64Array(SLOT_COUNT);
  readonly outputBytes = new Float64Array(SLOT_COUNT);
  /** By slot: 1 = this node's shard serves it. */
  readonly #served = new Uint8Array(SLOT_COUNT);
  #writtenBefore = 0;
  #reachedBefore = 0;

  constructor(readonly server: SlotStatsNeeds) {
    this.ownersChanged();
  }

  /** A command is about to run. @returns the slot that it counts for */
  begin(command: CommandFacts): number {
    const slot = this.goOn(command);
    if (slot !== NO_SLOT) this.inputBytes[slot] += this.#requestBytes();
    return slot;
  }

  /** The same of one that has waited: its request was counted. */
  goOn(command: CommandFacts): number {
    const { server } = this;
    if ((command.bits & KEYED_COMMAND) === 0 || server.scripting.active) return NO_SLOT;
    const slot = server.routing.slotOf(command);
    if (slot < 0) return NO_SLOT;
    this.#reachedBefore = server.propagation.active ? server.propagation.reached : 0;
    this.replyBegins();
    return slot;
  }

  /** What was written until now is no part of the reply under way. */
  replyBegins(): void {
    this.#writtenBefore = this.server.output.writtenBytes;
  }

  /** The command has run. @param us 0 while it waits */
  end(slot: number, us: number): void {
    if (slot === NO_SLOT) return;
    const { output, propagation, replication } = this.server;
    this.cpuUs[slot] += us;
    let bytes = (output.writtenBytes - this.#writtenBefore) >>> 0;
    const replicas = replication?.replicas.length ?? 0;
    if (replicas !== 0 && propagation.active) {
      bytes += (propagation.reached - this.#reachedBefore) * replicas;
    }
    this.outputBytes[slot] += bytes;
  }

  /** A message was sent to subscribers of a shard channel. @param bytes of all of them together */
  delivered(channel: number, channelLen: number, bytes: number): void {
    this.outputBytes[this.server.core.x.slotOfBytes(channel, channelLen)] += bytes;
  }

  /** Bytes of the request under way, as a client that speaks RESP sends it. */
  #requestBytes(): number {
    const { core } = this.server;
    const { argc } = core;
    let bytes = lineBytes(argc);
    for (let i = 0; i < argc; i++) {
      const len = core.argLen(i);
      bytes += lineBytes(len) + len + 2;
    }
    return bytes;
  }

  reset(): void {
    for (const counts of [this.cpuUs, this.inputBytes, this.outputBytes]) counts.fill(0);
  }

  /** Counts slots anew that have come or gone. */
  ownersChanged(): void {
    const { view } = this.server.routing;
    const primary = view === null ? null : view.self.primary ?? view.self;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const served = primary !== null && view!.ownerOf(slot) === primary ? 1 : 0;
      if (served === this.#served[slot]) continue;
      this.#served[slot] = served;
      this.cpuUs[slot] = this.inputBytes[slot] = this.outputBytes[slot] = 0;
    }
  }
}

/** Bytes of a line that says a length: a sign, its digits, CR LF. */
function lineBytes(length: number): number {
  let digits = 1;
  for (let rest = length; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits + 3;
}

/** Has slots counted as the configuration says, from now on. */
export function followSlotStats(
  server: SlotStatsNeeds & {
    readonly stats: { slots: SlotStats | null };
    readonly config: {
      readonly values: { readonly "cluster-slot-stats-enabled": boolean };
      onChange(option: "cluster-slot-stats-enabled", act: () => void): void;
    };
    readonly pubsub: Pick<Pubsub, "shardStats">;
  },
): void {
  const { config, pubsub, stats } = server;
  const option = "cluster-slot-stats-enabled";
  const set = () => {
    if (config.values[option]) stats.slots ??= new SlotStats(server);
    else stats.slots = null;
    pubsub.shardStats = stats.slots;
  };
  set();
  config.onChange(option, set);
}

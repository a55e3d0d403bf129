/**
 * The machine of slot migrations, both sides: what happened goes in with its time, what is to be done comes out.
 * `slot_migration.ts` drives it on real sockets and data, the simulation on models.
 *
 * ```
 *  source                                          target
 *                                                  asking: EXPORT, if it was asked for there
 *  connecting --- dials -------------------------> waiting
 *  introducing -- IMPORT id source ranges -------> importing: the slots' keys are hidden
 *  snapshotting - keys, and what happens to them ->
 *              <- PING: a stamp of its clock, and whether its replicas keep up
 *  streaming ---- what happens to them ----------->
 *  handing-over   writes wait; FINISH stamp -----> taking-over: its replicas have all
 *              <- the slots are claimed by a later epoch, over the bus -- success
 *  success: its keys are deleted
 * ```
 *
 * Who decides is the target, and it may do so for half of the time for which the source pauses. It measures from a
 * moment of its own clock that the source has had before it paused, so that clocks need not agree. When that time is
 * over and the target is not known to have taken the slots, the source asks all primaries: if most answer, and nobody
 * knows of a claim, it goes on with an epoch of its own that is later than the target's can be. So a target that has
 * died with a claim that it never told of comes back and loses.
 */

import { Job, type JobState, LATER, type MigrationRequest } from "./job.ts";

export type MigrationEvent =
  | { on: "tick" }
  /** Slots are to go to another node; its operator, or that node, has asked for it. */
  | { on: "export"; request: MigrationRequest }
  /** An operator wants another node's slots here. */
  | { on: "import"; request: MigrationRequest }
  /** The link that was asked for stands, is gone, or brings a line. */
  | { on: "opened"; id: string }
  | { on: "closed"; id: string; reason: string }
  | { on: "answered"; id: string; line: string }
  /** All keys are sent. */
  | { on: "exported"; id: string }
  /** It cannot go on: something is lost, or was refused. */
  | { on: "broken"; id: string; reason: string }
  /** What a source says over the link that it has made. */
  | { on: "introduced"; request: MigrationRequest }
  | { on: "pinged"; id: string }
  | { on: "finish"; id: string; stampMs: number }
  /** Who serves what, or this node's role, is another than before. */
  | { on: "owners" }
  /** All data were thrown away. */
  | { on: "flushed" };

export type MigrationAction =
  | { do: "dial"; id: string; node: string }
  | { do: "close"; id: string }
  | { do: "send"; id: string; words: readonly string[] }
  /** A line to the source. */
  | { do: "answer"; id: string; line: string }
  /** Begins to send the slots' keys, and to follow what happens to them; or ends that. */
  | { do: "export"; id: string }
  | { do: "stop"; id: string }
  /** The slots' keys are not to be seen, here and at replicas; or they are again. */
  | { do: "hide"; slots: readonly number[] }
  | { do: "show"; slots: readonly number[] }
  /** Their keys are deleted, unseen. */
  | { do: "drop"; slots: readonly number[] }
  | { do: "pause" }
  | { do: "unpause" }
  /** Has replicas say how far they are. */
  | { do: "ask replicas" }
  /** Claims the slots by an epoch of this node that is later than all. */
  | { do: "claim"; slots: readonly number[] }
  /** Asks all primaries for a sign of life; takes an epoch that is later than one. */
  | { do: "probe" }
  | { do: "outdo"; epoch: number }
  | { do: "log"; level: "notice" | "warning"; text: string };

/** What the machine must know of the node, each time it decides. */
export interface MigrationFacts {
  readonly self: string;
  readonly isPrimary: boolean;
  readonly epoch: number;
  /** The name of who serves a slot. */
  ownerOf(slot: number): string | null;
  /** Whether a node is known as a primary that does not fail. */
  isGoodPrimary(node: string): boolean;
  keysIn(slot: number): number;
  /** Bytes that were sent of what happened since the last PING. */
  bytesBehind(id: string): number;
  /** A script has written and will write more: nothing may be cut off there. */
  readonly isMidway: boolean;
  /** Of the stream of effects; how many of its bytes a replica lacks, by what it has said last; whether none does. */
  readonly offset: number;
  readonly replicaLagBytes: number;
  replicasHave(offset: number): boolean;
  /** Most primaries, and a node unless it fails, have answered what they were asked over the bus since. */
  isConfirmedSince(ms: number, node: string): boolean;
}

export interface MigrationSettings {
  readonly maxLagBytes: number;
  readonly pauseMs: number;
  readonly timeoutMs: number;
  readonly logLength: number;
}

const RETRY_MS = 1000;
const PING_MS = 1000;
/** Between tries to introduce itself, and looks whether the target's replicas have caught up. */
const AGAIN_MS = 50;

export class MigrationMachine {
  /** The newest last. */
  readonly jobs: Job[] = [];
  #nowMs = 0;
  #actions: MigrationAction[] = [];

  constructor(readonly facts: MigrationFacts, readonly settings: () => MigrationSettings) {}

  step(event: MigrationEvent, nowMs: number): MigrationAction[] {
    this.#nowMs = nowMs;
    switch (event.on) {
      case "tick":
        for (const job of this.active) this.#tick(job);
        break;
      case "owners":
        for (const job of this.active) this.#look(job);
        break;
      case "flushed":
        for (const job of this.active) {
          // What has sent nothing yet begins with what there is then.
          if (job.state === "connecting" || job.state === "introducing") continue;
          if (!job.isDecided) this.#fail(job, "data was flushed", false);
        }
        break;
      case "export":
        this.#begin(new Job("export", event.request, "connecting", nowMs));
        break;
      case "import": {
        const job = new Job("import", event.request, "asking", nowMs);
        job.isOwn = true;
        this.#begin(job);
        break;
      }
      case "introduced":
        this.#introduced(event.request);
        break;
      default:
        this.#happened(event);
    }
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  get active(): Job[] {
    return this.jobs.filter(({ isOver }) => !isOver);
  }
  find(id: string): Job | undefined {
    return this.jobs.findLast((job) => job.id === id && !job.isOver);
  }

  /** Gives jobs up that can be. @returns how many, and what is to be done */
  cancel(
    which: (job: Job) => boolean,
    nowMs: number,
  ): { count: number; actions: MigrationAction[] } {
    this.#nowMs = nowMs;
    let count = 0;
    for (const job of this.active) {
      if (job.isDecided || !which(job)) continue;
      job.message = "";
      this.#end(job, "cancelled");
      count++;
    }
    const actions = this.#actions;
    this.#actions = [];
    return { count, actions };
  }

  #act(action: MigrationAction): void {
    this.#actions.push(action);
  }
  #go(job: Job, state: JobState): void {
    job.state = state;
    job.updateMs = this.#nowMs;
  }

  // ---- beginning and end ------------------------------------------------------------------------

  #begin(job: Job): void {
    this.jobs.push(job);
    this.#trim();
    this.#act({
      do: "log",
      level: "notice",
      text: `Slot migration ${job.id}: ${job.side} of ${job.rangesText} begins`,
    });
    this.#dial(job);
  }

  #dial(job: Job): void {
    const node = job.side === "export" ? job.target : job.source;
    this.#act({ do: "dial", id: job.id, node });
    job.ackMs = this.#nowMs;
  }

  #trim(): void {
    const over = this.jobs.filter(({ isOver }) => isOver);
    for (const job of over.slice(0, Math.max(0, over.length - this.settings().logLength))) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
    }
  }

  #end(job: Job, state: "success" | "failed" | "cancelled"): void {
    const before = job.state;
    this.#go(job, state);
    job.endMs = this.#nowMs;
    const why = job.message === "" ? "" : `: ${job.message}`;
    this.#act({
      do: "log",
      level: state === "failed" ? "warning" : "notice",
      text: `Slot migration ${job.id}: ${job.side} of ${job.rangesText}: ${state}${why}`,
    });
    this.#leave(job, before, state === "success");
    this.#trim();
  }

  /** Undoes what a state has brought about. */
  #leave(job: Job, before: JobState, isMoved: boolean): void {
    if (job.side === "export") {
      this.#act({ do: "stop", id: job.id });
      if (before === "handing-over" || before === "unsure") {
        job.pausedMs = this.#nowMs - job.pauseFromMs;
        this.#act({ do: "unpause" });
      }
    } else if (before === "importing" || before === "taking-over") {
      if (isMoved) this.#act({ do: "show", slots: job.slots });
      else this.#act({ do: "drop", slots: job.slots });
    }
    this.#act({ do: "close", id: job.id });
  }

  /** @param again whether an import of this node's may be tried again */
  #fail(job: Job, reason: string, again = true): void {
    job.message = reason;
    if (!job.isOwn || !again || !this.facts.isPrimary) return this.#end(job, "failed");
    const before = job.state;
    this.#go(job, "waiting");
    job.againMs = this.#nowMs + RETRY_MS;
    job.retries++;
    this.#act({
      do: "log",
      level: "warning",
      text: `Slot migration ${job.id}: ${reason}; it is tried again`,
    });
    this.#leave(job, before, false);
  }

  // ---- what happens to one ----------------------------------------------------------------------

  #happened(event: MigrationEvent & { id: string }): void {
    const job = this.find(event.id);
    if (job === undefined) return;
    switch (event.on) {
      case "opened":
        return this.#opened(job);
      case "closed":
        return this.#closed(job, event.reason);
      case "answered":
        return job.side === "export"
          ? this.#answered(job, event.line)
          : this.#promised(job, event.line);
      case "exported":
        if (job.state !== "snapshotting") return;
        this.#go(job, "streaming");
        return this.#ping(job);
      case "broken":
        // What happens while writes wait is part of nothing that was sent.
        return job.isDecided ? undefined : this.#fail(job, event.reason);
      case "pinged":
        return this.#pinged(job);
      case "finish":
        return this.#finish(job, event.stampMs);
    }
  }

  #opened(job: Job): void {
    if (job.startMs === 0) job.startMs = this.#nowMs;
    if (job.side === "import") {
      const words = ["EXPORT", job.id, job.target, ...job.rangeWords];
      return this.#act({ do: "send", id: job.id, words });
    }
    this.#go(job, "introducing");
    this.#introduce(job);
  }

  #introduce(job: Job): void {
    job.againMs = 0;
    const words = ["IMPORT", job.id, job.source, ...job.rangeWords];
    this.#act({ do: "send", id: job.id, words });
  }

  #closed(job: Job, reason: string): void {
    if (job.state === "unsure" || job.state === "waiting") return;
    if (job.state === "handing-over") return this.#go(job, "unsure");
    this.#fail(job, `the connection is lost${reason === "" ? "" : `: ${reason}`}`);
  }

  // ---- the source -------------------------------------------------------------------------------

  #answered(job: Job, line: string): void {
    job.ackMs = this.#nowMs;
    if (line[0] === "-" && job.state === "introducing" && line.startsWith(LATER)) {
      job.againMs = this.#nowMs + AGAIN_MS;
      return;
    }
    // A target that refuses will not take over any more.
    if (line[0] === "-") return this.#fail(job, `the target says: ${line.slice(1)}`);
    if (job.state === "introducing") {
      this.#go(job, "snapshotting");
      job.againMs = this.#nowMs + PING_MS;
      return this.#act({ do: "export", id: job.id });
    }
    const [, stamp, epoch, lag] = /^\+PONG (\d+) (\d+) (\d)/.exec(line) ?? [];
    if (stamp === undefined) return;
    job.stampMs = Number(stamp);
    job.targetEpoch = Number(epoch);
    if (job.state === "streaming") this.#handOverIfNear(job, lag === "1");
    else if (job.state === "snapshotting") job.againMs = this.#nowMs + PING_MS;
  }

  #ping(job: Job): void {
    job.againMs = 0;
    this.#act({ do: "send", id: job.id, words: ["PING"] });
  }

  /** Little is on its way: writes wait until it has arrived, and the target takes over. */
  #handOverIfNear(job: Job, isReplicaBehind: boolean): void {
    const { facts } = this;
    if (isReplicaBehind || facts.isMidway || this.active.some(({ isDecided }) => isDecided)) {
      job.againMs = this.#nowMs + AGAIN_MS;
      return;
    }
    const { maxLagBytes, pauseMs } = this.settings();
    if (facts.bytesBehind(job.id) > maxLagBytes) return this.#ping(job);
    this.#go(job, "handing-over");
    job.pauseFromMs = this.#nowMs;
    job.leaseEndMs = this.#nowMs + pauseMs / 2;
    this.#act({ do: "pause" });
    this.#act({ do: "send", id: job.id, words: ["FINISH", `${job.stampMs}`] });
  }

  /** The target could have taken over until now, and may have without that this node knows. */
  #wonder(job: Job): void {
    if (this.#nowMs < job.leaseEndMs) return;
    if (!this.facts.isConfirmedSince(job.leaseEndMs, job.target)) {
      return this.#act({ do: "probe" });
    }
    this.#act({ do: "outdo", epoch: job.targetEpoch });
    this.#fail(job, "the target has not taken over in time");
  }

  // ---- the target -------------------------------------------------------------------------------

  /** What the source that was asked says. */
  #promised(job: Job, line: string): void {
    if (job.state !== "asking") return;
    if (line[0] === "-") return this.#fail(job, `the source says: ${line.slice(1)}`);
    this.#go(job, "waiting");
    job.againMs = this.#nowMs + this.settings().timeoutMs;
    this.#act({ do: "close", id: job.id });
  }

  #introduced(request: MigrationRequest): void {
    const refusal = this.whyNotImport(request);
    if (refusal !== null) return this.#act({ do: "answer", id: request.id, line: refusal });
    let job = this.find(request.id);
    if (job === undefined) {
      job = new Job("import", request, "importing", this.#nowMs);
      this.jobs.push(job);
      this.#trim();
    }
    const left = job.slots.filter((slot) => this.facts.keysIn(slot) > 0);
    if (left.length > 0) {
      this.#go(job, "waiting");
      job.againMs = this.#nowMs + this.settings().timeoutMs;
      this.#act({ do: "drop", slots: left });
      const line = `${LATER} keys of another time are being deleted`;
      return this.#act({ do: "answer", id: job.id, line });
    }
    this.#go(job, "importing");
    if (job.startMs === 0) job.startMs = this.#nowMs;
    job.ackMs = this.#nowMs;
    this.#act({ do: "hide", slots: job.slots });
    this.#act({ do: "answer", id: job.id, line: "+OK" });
  }

  /** Why slots cannot come here, as an error; null = they can. */
  whyNotImport({ id, source, target, ranges }: MigrationRequest): string | null {
    const { facts } = this;
    if (target !== facts.self) return "-ERR I am another node";
    if (!facts.isPrimary) return "-ERR I am not a master";
    const { slots } = new Job("import", { id, source, target, ranges }, "waiting", 0);
    if (slots.some((slot) => facts.ownerOf(slot) !== source)) {
      return "-ERR The source does not serve all of these slots";
    }
    // It was asked for here, and cancelled before the source came.
    if (this.jobs.some((job) => job.id === id && job.side === "import" && job.isOver)) {
      return "-ERR The migration was given up";
    }
    const busy = this.active.find((job) => job.overlaps(slots));
    if (busy === undefined || (busy.id === id && busy.state === "waiting")) return null;
    return busy.id === id && busy.side === "import"
      ? `${LATER} the try before is not over yet`
      : "-ERR Slots are being migrated already";
  }

  #pinged(job: Job): void {
    if (job.state !== "importing") return;
    job.ackMs = this.#nowMs;
    const lag = this.facts.replicaLagBytes > this.settings().maxLagBytes ? 1 : 0;
    this.#act({ do: "hide", slots: job.slots });
    this.#act({ do: "ask replicas" });
    const line = `+PONG ${Math.floor(this.#nowMs)} ${this.facts.epoch} ${lag}`;
    this.#act({ do: "answer", id: job.id, line });
  }

  #finish(job: Job, stampMs: number): void {
    if (job.state !== "importing") return;
    this.#go(job, "taking-over");
    job.heldUntilMs = stampMs + this.settings().pauseMs / 2;
    job.endOffset = this.facts.offset;
    this.#act({ do: "ask replicas" });
    this.#takeOver(job);
  }

  #takeOver(job: Job): void {
    if (this.#nowMs > job.heldUntilMs) return this.#refuse(job, "it came too late");
    if (!this.facts.replicasHave(job.endOffset)) return;
    // What another may have claimed of this node's slots would lose against the epoch of a claim made now.
    if (this.active.some(({ isDecided }) => isDecided)) return;
    this.#act({ do: "claim", slots: job.slots });
    this.#act({ do: "answer", id: job.id, line: "+TAKEN" });
    this.#end(job, "success");
  }

  /** It will not take over: the source is told so, and can go on at once. */
  #refuse(job: Job, reason: string): void {
    this.#act({ do: "answer", id: job.id, line: `-ERR ${reason}` });
    this.#fail(job, reason);
  }

  // ---- what changes around ----------------------------------------------------------------------

  #look(job: Job): void {
    const { facts } = this;
    if (!facts.isPrimary) return this.#fail(job, "this node is a replica now", false);
    if (job.side === "export") return this.#lookAtExport(job);
    if (job.slots.every((slot) => facts.ownerOf(slot) === job.source)) return;
    if (job.state === "waiting" && job.isOwn) return; // looked at when it is tried again
    if (job.state === "taking-over") this.#refuse(job, "slots are another node's now");
    else this.#fail(job, "slots are another node's now");
  }

  #lookAtExport(job: Job): void {
    const owners = new Set(job.slots.map((slot) => this.facts.ownerOf(slot)));
    if (owners.size === 1 && owners.has(job.target) && job.isDecided) {
      return this.#end(job, "success");
    }
    if (owners.size === 1 && owners.has(this.facts.self)) return;
    this.#fail(job, "slots are another node's now");
  }

  #tick(job: Job): void {
    const { timeoutMs } = this.settings();
    if (!this.facts.isPrimary) return this.#fail(job, "this node is a replica now", false);
    switch (job.state) {
      case "handing-over":
      case "unsure":
        return this.#wonder(job);
      case "taking-over":
        return this.#takeOver(job);
      case "waiting":
        return this.#tickWaiting(job);
    }
    if (this.#nowMs - job.ackMs > timeoutMs) return this.#fail(job, "nothing is heard any more");
    if (job.againMs === 0 || this.#nowMs < job.againMs) return;
    if (job.state === "introducing") this.#introduce(job);
    else if (job.state === "snapshotting" || job.state === "streaming") this.#ping(job);
  }

  #tickWaiting(job: Job): void {
    const { facts } = this;
    if (this.#nowMs < job.againMs) return;
    if (!job.isOwn) return this.#fail(job, "the source does not come");
    const [owner, ...others] = new Set(job.slots.map((slot) => facts.ownerOf(slot)));
    if (others.length > 0 || owner === null || owner === facts.self) {
      return this.#fail(job, "slots are other nodes' now", false);
    }
    if (!facts.isGoodPrimary(owner) || job.slots.some((slot) => facts.keysIn(slot) > 0)) {
      job.againMs = this.#nowMs + RETRY_MS;
      return;
    }
    job.source = owner;
    this.#go(job, "asking");
    this.#dial(job);
  }
}

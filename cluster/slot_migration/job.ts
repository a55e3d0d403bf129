/** A migration of slots as one of its sides knows it. */

export type JobState =
  // ---- at the source
  /** It dials the target. */
  | "connecting"
  /** It has said what is to come. */
  | "introducing"
  /** It sends the keys, and what happens to those that it has sent. */
  | "snapshotting"
  /** All keys are sent; what happens to them goes on. */
  | "streaming"
  /** Writes wait, and the target has been told to take over. */
  | "handing-over"
  /** The same, and nothing is known of the target any more. */
  | "unsure"
  // ---- at the target
  /** It asks the source. */
  | "asking"
  /** It was promised, or is to be tried once more. */
  | "waiting"
  | "importing"
  /** All is here; replicas are to have it, too. */
  | "taking-over"
  // ---- the end
  | "success"
  | "failed"
  | "cancelled";

/** Stretches of slots, first and last. */
export type Ranges = readonly (readonly [number, number])[];

/** What is to be moved from where to where; nodes by their names. */
export interface MigrationRequest {
  /** 40 hex digits. */
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly ranges: Ranges;
}

/** Why a job has to wait, or be tried later, rather than fail. */
export const LATER = "-TRYAGAIN";

export class Job implements MigrationRequest {
  state: JobState;
  /** Why it has failed, or what was wrong the last time. */
  message = "";
  readonly slots: readonly number[];
  readonly id: string;
  readonly ranges: Ranges;
  readonly target: string;
  source: string;
  retries = 0;
  /** An import that its operator has asked for here is tried again where it fails. */
  isOwn = false;
  /** ms of the machine's clock, 0 = not yet: begun, over, the last change and the last sign of the other side. */
  startMs = 0;
  endMs = 0;
  ackMs: number;
  /** Not before then is it tried again, or told again. */
  againMs = 0;
  /** How long writes were paused for it. */
  pausedMs = 0;
  // ---- the source's
  pauseFromMs = 0;
  /** Until then the target may take over, by this side's clock. */
  leaseEndMs = 0;
  /** What the target has said last: a moment of its clock, and its cluster's epoch. */
  stampMs = 0;
  targetEpoch = 0;
  // ---- the target's
  /** Until then the source is sure to hold writes, by this side's clock. */
  heldUntilMs = 0;
  /** Where in this node's stream of effects the last of it stands: replicas have all when they have that. */
  endOffset = 0;

  constructor(
    readonly side: "export" | "import",
    request: MigrationRequest,
    state: JobState,
    readonly createMs: number,
    public updateMs = createMs,
  ) {
    this.id = request.id;
    this.source = request.source;
    this.target = request.target;
    this.ranges = request.ranges;
    this.slots = slotsOf(request.ranges);
    this.state = state;
    this.ackMs = createMs;
  }

  get isOver(): boolean {
    return this.state === "success" || this.state === "failed" || this.state === "cancelled";
  }
  /** It has come so far that it can no longer be given up here. */
  get isDecided(): boolean {
    return this.state === "handing-over" || this.state === "unsure";
  }
  get rangesText(): string {
    return this.ranges.map(([first, last]) => `${first}-${last}`).join(" ");
  }
  /** The ranges as arguments. */
  get rangeWords(): string[] {
    return this.ranges.flat().map(String);
  }
  overlaps(slots: readonly number[]): boolean {
    const own = new Set(this.slots);
    return slots.some((slot) => own.has(slot));
  }
}

/** All slots of some stretches. */
export function slotsOf(ranges: Ranges): number[] {
  const slots: number[] = [];
  for (const [first, last] of ranges) for (let slot = first; slot <= last; slot++) slots.push(slot);
  return slots;
}

/**
 * Where bytes come from that are read piece by piece: a file, a socket, memory. A source may have nothing yet;
 * whoever reads ends its step then, and is called when there is more.
 */
export interface Source {
  /** Bytes that it gives in all, null where nobody knows. */
  readonly totalBytes: number | null;
  /** It has given all: known at the latest once a read has found nothing. */
  readonly ended: boolean;
  /** Called each time there is more after there was nothing, the end and a failure included; who reads sets it. */
  onMore: () => void;
  /**
   * Fills a part of `into`.
   *
   * @returns bytes read; 0 at its end, and where there is nothing yet @throws Error in the system's words
   */
  read(into: Uint8Array): number;
  close(): void;
}

/** How a step of reading ends: null when it can go on at once, or with the source that it waits for. */
export type Step = Source | null;

/** Takes steps to their end. @param rest lets others run in between */
export async function takeSteps<Result>(
  steps: Generator<Step, Result>,
  rest: () => Promise<void>,
): Promise<Result> {
  for (let step = steps.next();; step = steps.next()) {
    if (step.done) return step.value;
    if (step.value === null) await rest();
    else await more(step.value);
  }
}

/** Fulfilled when a source that had nothing has more. */
function more(source: Source): Promise<void> {
  return new Promise((resolve) => source.onMore = resolve);
}

/** Takes the steps of sources that never wait, all at once. @throws Error where one does */
export function takeStepsNow<Result>(steps: Generator<Step, Result>): Result {
  for (let step = steps.next();; step = steps.next()) {
    if (step.done) return step.value;
    if (step.value !== null) throw new Error("there is nothing to read yet");
  }
}

/** Bytes in memory, before those of another source if there is one. */
export class MemorySource implements Source {
  onMore: () => void = () => {};
  #at = 0;

  constructor(readonly bytes: Uint8Array, readonly behind: Source | null = null) {
    if (behind !== null) behind.onMore = () => this.onMore();
  }

  get totalBytes(): number | null {
    if (this.behind === null) return this.bytes.length;
    const { totalBytes } = this.behind;
    return totalBytes === null ? null : this.bytes.length + totalBytes;
  }
  get ended(): boolean {
    return this.#at === this.bytes.length && (this.behind?.ended ?? true);
  }

  read(into: Uint8Array): number {
    const piece = this.bytes.subarray(this.#at, this.#at + into.length);
    if (piece.length === 0) return this.behind?.read(into) ?? 0;
    into.set(piece);
    this.#at += piece.length;
    return piece.length;
  }

  close(): void {
    this.behind?.close();
  }
}

/** Moving keys to another server, as MIGRATE sees it. */

/** Where keys are to go, and how. */
export interface MoveRequest {
  readonly host: string;
  readonly port: number;
  readonly targetDb: number;
  /** Most between two signs of life of the target. */
  readonly timeoutMs: number;
  /** The words of AUTH, one character a byte; none = it is not sent. */
  readonly credentials: readonly string[];
  readonly copy: boolean;
  readonly replace: boolean;
  /** The arguments of the command under way that name keys which are there. */
  readonly keys: readonly number[];
}

/** A command of moving that is under way. */
export interface Move {
  /** What it is answered, once that is known: null before, "OK", "NOKEY" or an error. */
  readonly answer: string | null;
  /** Nobody waits for the answer any more. */
  giveUp(): void;
}

/** @typeParam Context of the command under way */
export interface Migrations<Context> {
  /** Connections to targets that are kept for the next time. */
  readonly cachedLinks: number;
  /** Begins. @returns null when memory is out for it */
  move(c: Context, request: MoveRequest): Move | null;
}

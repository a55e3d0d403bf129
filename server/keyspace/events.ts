/** What happens to keys. */

/** Classes of keyspace events, the letters of `notify-keyspace-events`. */
export type EventClass = "g" | "$" | "l" | "s" | "h" | "z" | "x" | "e" | "t" | "m" | "n";

/** Hears of what happens to keys; whoever tells looks at `observed` first. */
export interface KeyEvents {
  /** Somebody wants to hear. */
  readonly observed: boolean;
  /** To be called when somebody begins or ceases to listen. */
  observe(): void;
  /** A key was changed. */
  changed(db: number, key: string, type: EventClass, event: string): void;
  /** Something happened to a key and did not change it. */
  happened(db: number, key: string, type: EventClass, event: string): void;
}

/** Tells of the keys and fields that the core has found expired. */
export interface ExpiredKeys {
  drain(): void;
}

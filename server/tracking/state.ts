/** What a client that caches has asked for. */

/** The modes of CLIENT TRACKING. */
export interface TrackingModes {
  /** The client that gets the invalidation messages, 0 = itself. */
  redirect: number;
  /** Hears of all keys with its prefixes, not of those that it has read. */
  broadcast: boolean;
  /** Only what is read after CLIENT CACHING YES is remembered. */
  optIn: boolean;
  /** What is read after CLIENT CACHING NO is not remembered. */
  optOut: boolean;
  /** Does not hear of its own writes. */
  noLoop: boolean;
  /** Of a client that broadcasts, beginnings of keys that do not overlap. */
  readonly prefixes: Set<string>;
}

/** The same with what has happened since. */
export interface TrackingState extends TrackingModes {
  /** CLIENT CACHING came just before: the next command is the exception. */
  caching: boolean;
  /** The client that should get the messages is gone. */
  broken: boolean;
}

/** Whether two prefixes can be of one key. */
export function overlaps(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

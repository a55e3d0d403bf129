/** Error replies that more than one command gives, in Redis's words. */

export const errors = {
  wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value",
  syntax: "ERR syntax error",
  notInteger: "ERR value is not an integer or out of range",
  notFloat: "ERR value is not a valid float",
  noKey: "ERR no such key",
  sameObject: "ERR source and destination objects are the same",
  outOfRange: "ERR index out of range",
  overflow: "ERR increment or decrement would overflow",
  tooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  dbIndex: "ERR DB index is out of range",
  notPersistent:
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
    "Commands that may modify the data set are disabled, because this instance is configured to " +
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). " +
    "Please check the Redis logs for details about the RDB error.",
  oom: "OOM command not allowed when used memory > 'maxmemory'.",
  /** The address space is full: no maxmemory was set, or it was set above what there is. */
  memory: "OOM out of memory",
  noAuth: "NOAUTH Authentication required.",
} as const;

/** A command that a RESP2 subscriber may not send, by its lower-case full name. */
export function subscribedMode(name: string): string {
  return `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET ` +
    "are allowed in this context";
}

/** "wrong number of arguments", for a command's lower-case full name. */
export function wrongArity(name: string): string {
  return `ERR wrong number of arguments for '${name}' command`;
}

/** An expiry that is no time at all, for a command's lower-case full name. */
export function invalidExpiry(name: string): string {
  return `ERR invalid expire time in '${name}' command`;
}

/** More arguments than a subcommand takes, where its arity alone does not tell. */
export function wrongUse(container: string, subcommand: string): string {
  return `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. ` +
    `Try ${container} HELP.`;
}

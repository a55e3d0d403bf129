/**
 * What a Sentinel watches: primaries, and of each its replicas and the other Sentinels that watch it.
 *
 * ```
 *  Sentinel --- Primary "mymaster" --- Replica 10.0.0.2:6379
 *           |                     |--- Replica 10.0.0.3:6379
 *           |                     '--- Peer 5f3a... ----.
 *           '-- Primary "other" ------ Peer 5f3a... ----'--- one Link: both are the same Sentinel
 * ```
 */

/** Where an instance is: the host as it was given, and the address that it has, or had last; "" = not known yet. */
export interface Address {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
}

/** Whether both are the same place, by name or by address. */
export function isSamePlace(one: Address, host: string, port: number): boolean {
  return one.port === port &&
    (one.ip === host || one.host.toLowerCase() === host.toLowerCase());
}

/** The channels to an instance, and how alive it is. */
export class Link {
  /** Instances that share it. */
  shares = 1;
  command: "closed" | "opening" | "open" = "closed";
  hello: "closed" | "opening" | "open" = "closed";
  /** This side's address, as the command channel has it. */
  local = "";
  /** Requests whose replies have not come. */
  pending = 0;
  commandOpenedMs = 0;
  helloOpenedMs = 0;
  /** Last message, or opening, of the hello channel. */
  helloActivityMs = 0;
  triedMs = -Infinity;
  /** The first PING that was not answered well since the last good answer; null = all were. */
  unansweredMs: number | null;
  pingedMs = -Infinity;
  /** Last good answer, and last answer. */
  availableMs: number;
  answeredMs: number;

  constructor(readonly id: number, nowMs: number) {
    // Whoever never answers is down as long as it is known.
    this.unansweredMs = this.availableMs = this.answeredMs = nowMs;
  }

  get isOpen(): boolean {
    return this.command === "open";
  }
}

/** How far a replica has been told of its new primary. */
export type Reconfiguration = "none" | "sent" | "in progress" | "done";

/** What all have in common. */
abstract class Watched {
  runId = "";
  /** Times in ms of the clock that the machine is told. */
  helloPublishedMs: number;
  downSinceMs: number | null = null;
  infoAskedMs = -Infinity;
  infoMs: number | null = null;
  info = "";
  wasScriptKilled = false;

  constructor(
    readonly id: number,
    public address: Address,
    public link: Link,
    readonly nowMs: number,
  ) {
    this.helloPublishedMs = nowMs;
  }
  abstract readonly kind: "master" | "slave" | "sentinel";
  abstract readonly primary: Primary;
  /** What INFO says it is. */
  roleReported: "master" | "slave" = "master";
  roleReportedMs = 0;

  get isDown(): boolean {
    return this.downSinceMs !== null;
  }
}

export class Replica extends Watched {
  readonly kind = "slave";
  reconfiguration: Reconfiguration = "none";
  reconfiguredMs = 0;
  priority = 100;
  offset = 0;
  isAnnounced = true;
  /** Whom it says that it follows. */
  followed = { host: "", port: 0 };
  followedSinceMs: number;
  linkDownMs = 0;
  linkStatus: "ok" | "err" = "err";

  constructor(id: number, address: Address, link: Link, nowMs: number, readonly primary: Primary) {
    super(id, address, link, nowMs);
    this.roleReported = "slave";
    this.roleReportedMs = this.followedSinceMs = nowMs;
  }
  get name(): string {
    return joined(this.address);
  }
}

export class Peer extends Watched {
  readonly kind = "sentinel";
  helloMs: number;
  /** The epoch of the configuration that it told then. */
  configEpoch = -1;
  /** It has said that the primary is down, and when. */
  saysDown = false;
  answeredAskMs: number | null = null;
  askedMs = -Infinity;
  /** Whom it has voted for, in which epoch. */
  vote = { runId: "", epoch: 0 };

  constructor(id: number, address: Address, link: Link, nowMs: number, readonly primary: Primary) {
    super(id, address, link, nowMs);
    this.helloMs = nowMs;
  }
}

export type FailoverState =
  | "none"
  | "wait_start"
  | "select_slave"
  | "send_slaveof_noone"
  | "wait_promotion"
  | "reconf_slaves"
  | "update_config";

/** A failover that this Sentinel leads, or wants to. */
export class Failover {
  state: FailoverState = "wait_start";
  promoted: Replica | null = null;

  constructor(
    /** In which it is led: a later one than that it was begun in, where that has passed before the election. */
    public epoch: number,
    public changedMs: number,
    /** An operator asked for it: nobody is asked to agree. */
    readonly isForced: boolean,
  ) {}

  /** The new primary has taken over. */
  get hasPromoted(): boolean {
    return this.state === "reconf_slaves" || this.state === "update_config";
  }
}

export class Primary extends Watched {
  readonly kind = "master";
  readonly replicas = new Map<string, Replica>();
  readonly peers = new Map<string, Peer>();
  configEpoch = 0;
  objectivelyDownSinceMs: number | null = null;
  // ---- settings
  downAfterMs: number;
  failoverTimeoutMs: number;
  rebootDownAfterMs = 0;
  parallelSyncs = 1;
  notificationScript = "";
  reconfigScript = "";
  user = "";
  password = "";
  readonly renamed = new Map<string, string>();
  // ---- failover
  /** Whom this Sentinel has voted for, in which epoch. */
  vote = { runId: "", epoch: 0 };
  failover: Failover | null = null;
  /** No failover is begun before; null = one may be. */
  notBeforeMs: number | null = null;
  /** Whoever may be at it meanwhile. */
  leaderRunId = "";
  wasDelayLogged = false;
  rebootedMs: number | null = null;

  constructor(
    id: number,
    readonly name: string,
    address: Address,
    link: Link,
    nowMs: number,
    public quorum: number,
    defaults: { downAfterMs: number; failoverTimeoutMs: number },
  ) {
    super(id, address, link, nowMs);
    this.downAfterMs = defaults.downAfterMs;
    this.failoverTimeoutMs = defaults.failoverTimeoutMs;
    this.roleReportedMs = nowMs;
  }
  get primary(): Primary {
    return this;
  }
  /** A command's name, as it was renamed there. */
  word(name: string): string {
    return this.renamed.get(name.toLowerCase()) ?? name;
  }
}

export type Instance = Primary | Replica | Peer;

/** `ip:port`. */
export function joined({ host, ip, port }: Address): string {
  const shown = ip === "" ? host : ip;
  return shown.includes(":") ? `[${shown}]:${port}` : `${shown}:${port}`;
}

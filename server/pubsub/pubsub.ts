/**
 * Pub/Sub: who is subscribed to what, and the delivery of messages. Names are kept and looked up in the
 * core (pubsub.ts there), so that a publication makes no strings; subscribers are kept here, by the ids
 * that the core knows the names by.
 *
 * A message goes to the subscribers of its channel in the order in which they subscribed, then to those
 * of each pattern that matches, patterns in the order of their first subscription.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Connection } from "../net/connection.ts";
import type { GateRow } from "../gates/gates.ts";
import { Gate } from "../net/connection.ts";
import type { Output } from "../net/output.ts";
import { subscribedMode } from "../resp/errors.ts";

/** A channel, a shard channel or a pattern that somebody is subscribed to. */
export class Subject {
  /** In order of their subscription. */
  readonly subscribers = new Set<Connection>();

  constructor(
    /** Index into {@link Pubsub}'s tables, and the core's name for it. */
    readonly kind: number,
    /** What the core finds it by. */
    readonly id: number,
    /** The core's handle on its name. */
    readonly name: number,
  ) {}
}

/** What a connection is subscribed to, by kind. */
type Subscriptions = readonly [Set<Subject>, Set<Subject>, Set<Subject>];

/** How a subscription went. */
export type Subscribed = "new" | "already" | "no memory";

/** What a client may send while it is subscribed in RESP2, where messages look like replies. */
const ALLOWED_TO_SUBSCRIBERS: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "ssubscribe",
  "sunsubscribe",
  "ping",
  "quit",
  "reset",
]);

/** Of subscribers, in RESP2. */
export const subscriberGate: GateRow = {
  name: "subscriber",
  connections: Gate.SUBSCRIBED,
  commands: () => 0,
  refuse: ({ connection, name }) => {
    if ((connection.gate & Gate.SUBSCRIBED) === 0) return null;
    return ALLOWED_TO_SUBSCRIBERS.has(name) ? null : subscribedMode(name);
  },
};

export class Pubsub {
  /** Subjects with subscribers, by kind, in order of their first subscription. */
  readonly subjects: Subscriptions = [new Set(), new Set(), new Set()];
  /** Called when {@link listened} may have changed. */
  onListened: () => void = () => {};
  readonly #core: Core;
  readonly #output: Output;
  readonly #byId: (Subject | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** As the core lists them. */
  readonly #patterns: Subject[] = [];
  readonly #of = new WeakMap<Connection, Subscriptions>();
  readonly #channels: number;
  readonly #shardChannels: number;
  /** Where slots are counted. */
  shardStats: { delivered(channel: number, channelLen: number, bytes: number): void } | null = null;
  readonly #patternKind: number;

  constructor(core: Core, output: Output) {
    this.#core = core;
    this.#output = output;
    this.#channels = core.at.CHANNELS;
    this.#shardChannels = core.at.SHARD_CHANNELS;
    this.#patternKind = core.at.PATTERNS;
  }

  // ---- subscriptions ----------------------------------------------------------------------------

  /** The subject of a name, undefined where nobody is subscribed to it. */
  find(kind: number, ptr: number, len: number): Subject | undefined {
    if (this.subjects[kind].size === 0) return undefined;
    const id = this.#core.x.subjectFind(kind, ptr, len);
    return id < 0 ? undefined : this.#byId[id];
  }

  subscribe(connection: Connection, kind: number, ptr: number, len: number): Subscribed {
    const subject = this.find(kind, ptr, len) ?? this.#add(kind, ptr, len);
    if (subject === null) return "no memory";
    if (subject.subscribers.has(connection)) return "already";
    subject.subscribers.add(connection);
    let own = this.#of.get(connection);
    if (own === undefined) {
      own = [new Set(), new Set(), new Set()];
      this.#of.set(connection, own);
    }
    own[kind].add(subject);
    this.#count(connection, own);
    return "new";
  }

  #add(kind: number, ptr: number, len: number): Subject | null {
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const name = this.#core.x.subjectAdd(kind, ptr, len, id);
    if (name === 0) {
      // An id beyond the array's end was nobody's and needs no keeping.
      if (id < this.#byId.length) this.#freeIds.push(id);
      return null;
    }
    const subject = new Subject(kind, id, name);
    this.#byId[id] = subject;
    this.subjects[kind].add(subject);
    if (kind === this.#patternKind) this.#patterns.push(subject);
    if (this.subjects[kind].size === 1) this.onListened();
    return subject;
  }

  /**
   * Ends a subscription, if there is one. The name of a subject that nobody is subscribed to any more is
   * freed by {@link settle}, so that a reply can still tell it.
   */
  unsubscribe(connection: Connection, subject: Subject): void {
    const own = this.#of.get(connection);
    if (own === undefined || !own[subject.kind].delete(subject)) return;
    subject.subscribers.delete(connection);
    this.#count(connection, own);
  }

  /** Forgets a subject that has no subscribers left. */
  settle(subject: Subject): void {
    if (subject.subscribers.size !== 0) return;
    this.#core.x.subjectRemove(subject.kind, subject.name);
    this.subjects[subject.kind].delete(subject);
    this.#byId[subject.id] = undefined;
    this.#freeIds.push(subject.id);
    if (subject.kind === this.#patternKind) {
      this.#patterns.splice(this.#patterns.indexOf(subject), 1);
    }
    if (this.subjects[subject.kind].size === 0) this.onListened();
  }

  /** What a connection is subscribed to, of one kind. */
  subjectsOf(connection: Connection, kind: number): Subject[] {
    const own = this.#of.get(connection);
    return own === undefined ? [] : [...own[kind]];
  }

  /** Names of what a connection is subscribed to, one character a byte. */
  *namesOf(connection: Connection): Iterable<{ name: string; isPattern: boolean }> {
    const { x, u32, at } = this.#core;
    for (const subjects of this.#of.get(connection) ?? []) {
      for (const { kind, name } of subjects) {
        x.subjectText(name);
        const text = this.#core.binary(u32[at.RESULT_PTR], u32[at.RESULT_LEN]);
        yield { name: text, isPattern: kind === this.#patternKind };
      }
    }
  }

  /** Ends all subscriptions of a connection that is closed or reset. */
  forget(connection: Connection): void {
    const own = this.#of.get(connection);
    if (own === undefined) return;
    for (const subjects of own) {
      for (const subject of subjects) {
        subject.subscribers.delete(connection);
        this.settle(subject);
      }
      subjects.clear();
    }
    this.#count(connection, own);
    this.#of.delete(connection);
  }

  /** Ends subscriptions to shard channels that now belong elsewhere, and tells the subscribers. */
  leaveShard(isLost: (ptr: number, len: number) => boolean): void {
    const { x, u32, at } = this.#core;
    for (const subject of [...this.subjects[this.#shardChannels]]) {
      x.subjectText(subject.name);
      const [ptr, len] = [u32[at.RESULT_PTR], u32[at.RESULT_LEN]];
      if (!isLost(ptr, len)) continue;
      const name = this.#core.binary(ptr, len);
      for (const connection of [...subject.subscribers]) {
        this.unsubscribe(connection, subject);
        this.#tellOfEnd(connection, name);
      }
      this.settle(subject);
    }
  }

  #tellOfEnd(connection: Connection, name: string): void {
    const mark = connection.resp === 3 ? ">" : "*";
    const text = `${mark}3\r\n$12\r\nsunsubscribe\r\n$${name.length}\r\n${name}\r\n` +
      `:${connection.shardChannelCount}\r\n`;
    const { x, at } = this.#core;
    const ptr = x.messageRoom(connection.resp, text.length);
    if (ptr === 0) return this.#output.written(connection, false);
    this.#core.writeBinary(ptr, text);
    this.#output.share(connection, ptr, text.length, ptr < at.HEAP);
    if (ptr >= at.HEAP) x.free(ptr);
  }

  #count(connection: Connection, own: Subscriptions): void {
    connection.channelCount = own[this.#channels].size;
    connection.patternCount = own[this.#patternKind].size;
    connection.shardChannelCount = own[this.#shardChannels].size;
    this.updateGate(connection);
  }

  /** In RESP2 a subscriber may do little else: call it when protocol or subscriptions change. */
  updateGate(connection: Connection): void {
    if (connection.resp === 2 && connection.subscribed) connection.gate |= Gate.SUBSCRIBED;
    else connection.gate &= ~Gate.SUBSCRIBED;
  }

  // ---- messages ---------------------------------------------------------------------------------

  /** Whether a publication could reach anybody. */
  get listened(): boolean {
    return this.subjects[this.#channels].size !== 0 || this.#patterns.length !== 0;
  }

  /**
   * Sends a message, bytes of core memory like its channel's name, to all that are subscribed to the
   * channel or to a pattern of it.
   *
   * @returns how many they are
   */
  publish(channel: number, channelLen: number, text: number, textLen: number): number {
    const subject = this.find(this.#channels, channel, channelLen);
    let receivers = 0;
    if (subject !== undefined) {
      receivers = this.#deliver(subject, channel, channelLen, text, textLen);
    }
    if (this.#patterns.length === 0) return receivers;
    const { x } = this.#core;
    for (let i = 0; (i = x.patternNext(i, channel, channelLen)) >= 0; i++) {
      receivers += this.#deliver(this.#patterns[i], channel, channelLen, text, textLen);
    }
    return receivers;
  }

  /** The same for a shard channel, which no pattern reaches. */
  publishToShard(channel: number, channelLen: number, text: number, textLen: number): number {
    const subject = this.find(this.#shardChannels, channel, channelLen);
    if (subject === undefined) return 0;
    const receivers = this.#deliver(subject, channel, channelLen, text, textLen);
    const { u32, at } = this.#core;
    this.shardStats?.delivered(channel, channelLen, u32[at.RESULT_LEN] * receivers);
    return receivers;
  }

  #deliver(
    { kind, name, subscribers }: Subject,
    channel: number,
    channelLen: number,
    text: number,
    textLen: number,
  ): number {
    const { x, u32, at } = this.#core;
    const output = this.#output;
    let message2 = 0;
    let message3 = 0;
    for (const connection of subscribers) {
      const { resp } = connection;
      let message = resp === 3 ? message3 : message2;
      if (message === 0) {
        message = x.messageMake(resp, kind, name, channel, channelLen, text, textLen);
        if (resp === 3) message3 = message;
        else message2 = message;
      }
      // Whoever must miss a message is told so by the end of its connection.
      if (message === 0) output.written(connection, false);
      else output.share(connection, message, u32[at.RESULT_LEN], message < at.HEAP);
    }
    if (message2 >= at.HEAP) x.free(message2);
    if (message3 >= at.HEAP) x.free(message3);
    return subscribers.size;
  }
}

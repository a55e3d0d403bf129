/**
 * What passes between the machine that decides and whoever carries it out: real sockets, or a simulation. The
 * machine is told {@link SentinelEvent}s with the time, and leaves {@link SentinelAction}s; it reads no clock and
 * touches nothing itself.
 */

import type { ReplyValue } from "../../server/resp/decoder.ts";

/** Each instance is talked to over one channel, and primaries and replicas are listened to over another. */
export type Channel = "command" | "hello";

/** What a request was for: its reply is understood by that. */
export type Purpose =
  | "ping"
  | "info"
  | "publish"
  | "ask"
  | "reconfigure"
  | "promote"
  | "rest";

/** Who speaks to an instance, as what. */
export interface Credentials {
  user: string;
  password: string;
}

export type SentinelEvent =
  | { on: "tick" }
  /** A channel stands; `local` is this side's address as the other one sees it. */
  | { on: "opened"; link: number; channel: Channel; local: string }
  /** It does not stand any more, or could not be made. Replies to what was asked will not come. */
  | { on: "closed"; link: number; channel: Channel; reason: string }
  /** @property instance whom it was asked for, as several share a link to another Sentinel */
  | { on: "reply"; instance: number; purpose: Purpose; value: ReplyValue }
  | { on: "hello"; payload: string }
  /** @property address null where the name is not known */
  | { on: "resolved"; host: string; address: string | null }
  /** What was to be remembered is on the disk. */
  | { on: "saved" }
  | { on: "script"; id: number; status: number | null };

export type EventLevel = "debug" | "verbose" | "notice" | "warning";

export type SentinelAction =
  | {
    do: "open";
    link: number;
    channel: Channel;
    host: string;
    port: number;
    credentials: Credentials | null;
  }
  | { do: "close"; link: number; channel: Channel }
  | {
    do: "send";
    link: number;
    channel: Channel;
    words: readonly string[];
    instance: number;
    purpose: Purpose;
  }
  /** What is to be remembered has changed: on disk before anything of what follows leaves. */
  | { do: "save" }
  /** For subscribers of the channel `name`, and for the log. */
  | { do: "tell"; level: EventLevel; name: string; text: string }
  | { do: "log"; level: EventLevel; text: string }
  | { do: "run"; id: number; words: readonly string[] }
  | { do: "kill"; id: number }
  | { do: "resolve"; host: string }
  /** The process dies here, as an operator who tests the others has asked. */
  | { do: "die" };

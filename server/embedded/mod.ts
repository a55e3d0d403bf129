/** What the public module has beside `start`. */

export { ReplyError, type ReplyValue } from "../resp/decoder.ts";
export type { CallArgument } from "../net/loopback.ts";
export type { Environment } from "../env/env.ts";
export type {
  Caller,
  Command,
  ConfigOptions,
  Etna,
  EtnaClient,
  Message,
  StartOptions,
  Subscription,
} from "./etna.ts";
export type { Call, Replies } from "./replies.ts";

/** What the common commands reply when they are called, by name: the types of calls. */

import type { CallArgument } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";

/** `Text` is what bulk strings are: text, or bytes. */
export interface Replies<Text> {
  APPEND: number;
  DECR: number | bigint;
  DECRBY: number | bigint;
  GET: Text | null;
  GETDEL: Text | null;
  GETEX: Text | null;
  GETRANGE: Text;
  GETSET: Text | null;
  INCR: number | bigint;
  INCRBY: number | bigint;
  INCRBYFLOAT: Text;
  MGET: (Text | null)[];
  MSET: string;
  MSETNX: number;
  PSETEX: string;
  /** OK; null where a condition did not hold; with GET what was there. */
  SET: Text | string | null;
  SETEX: string;
  SETNX: number;
  SETRANGE: number;
  STRLEN: number;

  COPY: number;
  DEL: number;
  EXISTS: number;
  EXPIRE: number;
  EXPIREAT: number;
  KEYS: Text[];
  PERSIST: number;
  PEXPIRE: number;
  PEXPIREAT: number;
  PTTL: number;
  RENAME: string;
  /** Where to go on, and keys. */
  SCAN: [Text, Text[]];
  TOUCH: number;
  TTL: number;
  TYPE: string;
  UNLINK: number;

  HDEL: number;
  HEXISTS: number;
  HGET: Text | null;
  HGETALL: Map<Text, Text>;
  HINCRBY: number | bigint;
  HKEYS: Text[];
  HLEN: number;
  HMGET: (Text | null)[];
  HSET: number;
  HSETNX: number;
  HVALS: Text[];

  LINDEX: Text | null;
  LLEN: number;
  LPUSH: number;
  LRANGE: Text[];
  LREM: number;
  LSET: string;
  LTRIM: string;
  RPUSH: number;
  /** One, or with a count some. */
  LPOP: Text | Text[] | null;
  RPOP: Text | Text[] | null;

  SADD: number;
  SCARD: number;
  SINTER: Set<Text>;
  SISMEMBER: number;
  SMEMBERS: Set<Text>;
  SREM: number;
  SUNION: Set<Text>;

  ZCARD: number;
  ZCOUNT: number;
  ZREM: number;
  ZSCORE: number | null;

  XACK: number;
  XADD: Text | null;
  XDEL: number;
  XLEN: number;

  DBSIZE: number;
  FLUSHALL: string;
  FLUSHDB: string;
  PING: Text | string;
  PUBLISH: number;
  SELECT: string;
}

/** A call: typed for the common commands, in capitals or not, and open for all others. */
export interface Call<Text> {
  <Name extends keyof Replies<Text>>(
    name: Name,
    ...args: CallArgument[]
  ): Promise<Replies<Text>[Name]>;
  <Name extends Lowercase<keyof Replies<Text>>>(
    name: Name,
    ...args: CallArgument[]
  ): Promise<Replies<Text>[Uppercase<Name>]>;
  (...args: CallArgument[]): Promise<ReplyValue>;
}

/** Comparison cases of keyspace notifications: what random commands (events_random_test.ts) do not reach. */

import { family } from "./check.ts";

const s = String.raw;

/** A script in which connection `n` listens to everything. */
function listening(classes: string, text: string): string {
  return `CONFIG SET notify-keyspace-events ${classes}\n@n PSUBSCRIBE __key*__:*\n${text}\n@n !silent`;
}

export const eventsChecks = family("events", {
  "CONFIG: off by default": s`
    @n PSUBSCRIBE *
    SET k v
    DEL k
    @n !silent
  `,
  "CONFIG: only keyspace": listening(
    "Kg",
    "SET k v\nDEL k\n@n <\nEXPIRE k 1\nLPUSH l a\nDEL l\n@n <",
  ),
  "CONFIG: only keyevent": listening("E$l", "SET k v\n@n <\nDEL k\nLPUSH l a\n@n <\nLPOP l\n@n <"),
  "CONFIG: classes without K or E": listening("A", "SET k v\nDEL k"),
  "CONFIG: misses and new keys are not in A": listening("KEA", "GET k\nSET k v\n@n < 2\nEXISTS no"),
  "CONFIG: new keys": listening(
    "En",
    "SET k v\n@n <\nSET k v\nLPUSH l a\n@n <\nLPUSH l b\nRENAME k k2",
  ),
  "CONFIG: misses": listening("Em", "GET k\n@n <\nGET k\n@n <\nSET k v\nGET k\nTTL no\n@n <"),
  "SORT: patterns' keys that are missing or have expired, in the order of their look-ups":
    listening(
      "KEAm",
      s`
      DEBUG SET-ACTIVE-EXPIRE 0
      RPUSH l 3 1 2
      @n < 2
      SET w:1 5 PX 1
      @n < 4
      SET g:2 x PX 1
      @n < 4
      SET g:3 x
      @n < 2
      !sleep 20
      CONFIG RESETSTAT
      SORT l BY w:* GET # GET g:* GET h:*->f GET nostar
      @n < 16
      ~rows:keyspace_hits,keyspace_misses INFO stats
      SORT l GET g:* STORE d
      @n < 6
      SORT missing BY w:* GET g:*
      @n < 2
      SORT l BY nosort GET g:* LIMIT 1 1
      @n < 2
      ~rows:keyspace_hits,keyspace_misses,expired_keys INFO stats
      DEBUG SET-ACTIVE-EXPIRE 1
    `,
    ),
  "CONFIG: switched off again": listening(
    "KEA",
    'SET k v\n@n < 2\nCONFIG SET notify-keyspace-events ""\nDEL k',
  ),
  "SUBSCRIBE: one key, one event, other databases": s`
    CONFIG SET notify-keyspace-events KEA
    @n SUBSCRIBE __keyspace@0__:k __keyevent@3__:del
    @n <
    SET k v
    @n <
    SET other v
    SELECT 3
    SET k v
    DEL k
    @n <
    MOVE k 0
    @n !silent
  `,
  "SUBSCRIBE: one's own events come before the reply": s`
    !resp3
    CONFIG SET notify-keyspace-events KEA
    PSUBSCRIBE __key*
    SET k v
    < 2
    DEL k no
    < 2
    > SET a 1\r\nGET a\r\nDEL a\r\n
    < 7
  `,
  "STORE: an empty result deletes what has expired": listening(
    "Egx",
    "DEBUG SET-ACTIVE-EXPIRE 0\n" +
      [
        ...[
          "ZDIFFSTORE d 1 no",
          "ZUNIONSTORE d 1 no",
          "ZINTERSTORE d 1 no",
          "ZRANGESTORE d no 0 -1",
        ],
        ...["SDIFFSTORE d no", "SUNIONSTORE d no", "SINTERSTORE d no", "SORT no STORE d"],
        ...["GEOSEARCHSTORE d no FROMLONLAT 1 1 BYRADIUS 1 km", "BITOP AND d no"],
      ].map((empty) => `SET d v PX 1\n!sleep 5\n${empty}\n@n < 2`).join("\n") +
      "\nDEBUG SET-ACTIVE-EXPIRE 1",
  ),
  "EXPIRE: lazily": listening(
    "KEA",
    s`
      DEBUG SET-ACTIVE-EXPIRE 0
      SET a v PX 1
      @n < 4
      SET b v
      @n < 2
      PEXPIRE b 1
      @n < 2
      !sleep 5
      GET a
      @n < 2
      APPEND b x
      @n < 4
      SET c v PX 1
      @n < 4
      !sleep 5
      RENAME c d
      @n < 2
      DEBUG SET-ACTIVE-EXPIRE 1
    `,
  ),
  "EXPIRE: by itself": listening("KEA", "PSETEX k 5 v\n@n < 4\n@n < 2\nEXISTS k"),
  "EXPIRE: in the past deletes": listening(
    "KEA",
    "SET k v\n@n < 2\nEXPIRE k -1\n@n < 2\nSET k v\n@n < 2\nEXPIREAT k 1\n@n < 2\nSET k v EXAT 1\nGETEX k EXAT 1",
  ).replace("\n@n !silent", "\n@n < 2"),
  "PERSIST: and what else touches an expiry": listening(
    "KEA",
    s`
      SET k v EX 100
      @n < 4
      PERSIST k
      @n < 2
      PERSIST k
      GETEX k EX 100
      @n < 2
      GETEX k PERSIST
      @n < 2
      GETEX k
      GETDEL k
      @n < 2
      SET k v KEEPTTL
      @n < 2
    `,
  ),
  "RENAME: COPY, MOVE, SWAPDB": listening(
    "KEA",
    s`
      MSET a 1 b 2
      @n < 4
      RENAME a c
      @n < 4
      RENAMENX b c
      RENAME b c
      @n < 4
      RENAME c c
      COPY c d
      @n < 2
      COPY c d
      COPY c d REPLACE
      @n < 2
      COPY c d DB 1
      @n < 2
      MOVE c 1
      @n < 4
      MOVE d 1
      SWAPDB 0 1
    `,
  ),
  "FLUSHALL: tells nothing": listening(
    "KEA",
    "SET k v\n@n < 2\nFLUSHDB\nSET k v\n@n < 2\nFLUSHALL",
  ),
  "MULTI: events come as the commands run": listening(
    "KEA",
    s`
      MULTI
      SET k v
      @n !silent
      LPUSH l a b
      DEL k l
      EXEC
      @n < 8
    `,
  ),
  "BLPOP: a waiter's event follows the writer's": listening(
    "KEA",
    s`
      @b & BLPOP l 0
      @c & BLMOVE l m LEFT RIGHT 0
      @c !silent
      RPUSH l one two
      @b <
      @c <
      @n < 10
      @b & BZPOPMIN z 0
      @b !silent
      ZADD z 1 a 2 b
      @b <
      @n < 4
    `,
  ),
  "LMPOP: and others that empty a key": listening(
    "KEA",
    s`
      RPUSH l a b
      @n < 2
      LMPOP 1 l LEFT COUNT 5
      @n < 4
      ZADD z 1 a
      @n < 2
      ZMPOP 2 l z MIN
      @n < 4
      SADD s a b
      @n < 2
      ~unordered SPOP s 2
      @n < 4
      HSET h f v
      @n < 2
      HDEL h f g
      @n < 4
      ZADD z 1 a
      @n < 2
      ZREMRANGEBYRANK z 0 -1
      @n < 4
      RPUSH l a
      @n < 2
      LTRIM l 5 6
      @n < 4
    `,
  ),
  "SET: by its options": listening(
    "KEA",
    s`
      SET k v NX
      @n < 2
      SET k v NX
      SET k v XX GET
      @n < 2
      SETRANGE k 3 xyz
      @n < 2
      SETRANGE k 3 ""
      APPEND k ""
      @n < 2
      INCRBYFLOAT n 1.5
      @n < 2
      DECR m
      @n < 2
      MSETNX a 1 k 2
      MSETNX a 1 b 2
      @n < 4
      GETSET a 2
      @n < 2
    `,
  ),
  "LINSERT: and other edits of lists": listening(
    "KEA",
    s`
      RPUSH l a b c
      @n < 2
      LINSERT l BEFORE b x
      @n < 2
      LINSERT l BEFORE nope x
      LSET l 0 y
      @n < 2
      LREM l 0 nope
      LREM l 0 y
      @n < 2
      LPUSHX no a
      LMOVE l l LEFT RIGHT
      @n < 4
      RPOPLPUSH l k2
      @n < 4
    `,
  ),
  "XADD: streams and their groups": listening(
    "KEAn",
    s`
      XADD s 1-1 f v
      @n < 4
      XADD s MAXLEN 1 2-1 f v
      @n < 4
      XADD s NOMKSTREAM 3-1 f v
      @n < 2
      XADD none NOMKSTREAM * f v
      XTRIM s MAXLEN 1
      @n < 2
      XTRIM s MAXLEN 5
      XDEL s 9-9
      XDEL s 3-1
      @n < 2
      XSETID s 5-1
      @n < 2
      XGROUP CREATE s g 0
      @n < 2
      XGROUP CREATE t g $ MKSTREAM
      @n < 4
      XGROUP CREATECONSUMER s g alice
      @n < 2
      XGROUP CREATECONSUMER s g alice
      XADD s 6-1 f v
      @n < 2
      XREADGROUP GROUP g bob COUNT 1 STREAMS s >
      @n < 2
      XREADGROUP GROUP g bob COUNT 1 STREAMS s 0
      XCLAIM s g carol 0 6-1
      @n < 2
      XAUTOCLAIM s g dave 0 0
      @n < 2
      XACK s g 6-1
      XGROUP SETID s g 0
      @n < 2
      XGROUP DELCONSUMER s g bob
      @n < 2
      XGROUP DESTROY s g
      @n < 2
      XGROUP DESTROY s g
      DEL s t
      @n < 4
    `,
  ),
});

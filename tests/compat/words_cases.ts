/** Comparison cases of options' words that end at a zero byte, and of what commands make of missing keys. */

import { family } from "./check.ts";

const s = String.raw;

/** The cases of this file. */
export const wordChecks = family("words", {
  "COMMAND GETKEYS: keys that are not there": s`
    COMMAND GETKEYS PFMERGE a
    COMMAND GETKEYSANDFLAGS PFMERGE a
    COMMAND GETKEYS PFMERGE a b c
    COMMAND GETKEYS MSET a
    COMMAND GETKEYS MGET
    COMMAND GETKEYS GET a b
    COMMAND GETKEYS ZUNIONSTORE a 0
    COMMAND GETKEYS ZUNIONSTORE a 5 b
    COMMAND GETKEYS SORT a BY
    COMMAND GETKEYS BITOP AND a
    COMMAND GETKEYS XREAD STREAMS a
    COMMAND GETKEYS XREAD COUNT STREAMS a b c d
    COMMAND GETKEYS SINTERCARD 0 a
    COMMAND GETKEYS LMPOP 1
  `,
  "SET: words of options end at a zero byte": s`
    SET k v "EX\x00" 10
    SET k v "E\x00" 10
    SET k v "NX\x00"
    SET k v "\x00NX"
    TTL k
    ZADD z "NX\x00" 1 a
    ZADD z "NX\x00x" 1 a
    ZRANGE z 0 1 "WITHSCORES\x00"
    ZRANGE z 0 1 "REV\x00a"
    GEOADD g "NX\x00" 1 1 a
    ~unordered SCAN 0 "COUNT\x00" 5
    ~unordered SCAN 0 "MATCH\x00" k
    ~unordered SCAN 0 TYPE "string\x00"
    EXPIRE k 10 "NX\x00"
    GETEX k "PERSIST\x00"
    XADD s "MAXLEN\x00" 5 1-* a b
    XADD s "NOMKSTREAM\x00" 1-* a b
    ~type XADD s "*\x00" a b
    XTRIM s "MAXLEN\x00" 1
    ~shape XREAD "COUNT\x00" 1 STREAMS s 0
    ~shape XREAD "STREAMS\x00" s 0
    LINSERT l "BEFORE\x00" a b
    LMOVE l l "LEFT\x00" LEFT
    LPOS l a "RANK\x00" 1
    BITCOUNT k 0 1 "BYTE\x00"
    BITOP "AND\x00" d k
    BITFIELD k "GET\x00" u8 0
    BITFIELD k GET "u8\x00" 0
    BITFIELD k GET u8 "#0\x00"
    BITFIELD k OVERFLOW "WRAP\x00" GET u8 0
    SORT l "ALPHA\x00"
    SORT l "LIMIT\x00" 0 1
    SORT l "BY\x00" x GET x
    COPY k k2 "REPLACE\x00"
    COPY k k2 "DB\x00" 1
    FLUSHALL "ASYNC\x00"
    FLUSHDB "SYNC\x00"
    SET k 1
    CLIENT REPLY "ON\x00"
    CLIENT TRACKING "ON\x00"
    CLIENT NO-EVICT "on\x00"
    CLIENT KILL "ID\x00" 99
    CLIENT PAUSE 0 "WRITE\x00"
    CLIENT UNBLOCK 999 "ERROR\x00"
    LCS k k "LEN\x00"
    LCS k k "IDX\x00"
    ZRANGEBYSCORE z 0 1 "LIMIT\x00" 0 1
    ZUNION 1 z "WEIGHTS\x00" 1
    ZUNION 1 z AGGREGATE "SUM\x00"
    ZMPOP 1 z "MIN\x00"
    LMPOP 1 l "LEFT\x00"
    SINTERCARD 1 s2 "LIMIT\x00" 1
    HRANDFIELD h 1 "WITHVALUES\x00"
    GEOSEARCH g "FROMLONLAT\x00" 1 1 BYRADIUS 1 m
    GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 "m\x00"
    GEODIST g a a "m\x00"
    XGROUP CREATE s g 0 "MKSTREAM\x00"
    XINFO STREAM s "FULL\x00"
    ~type DEBUG "OBJECT\x00" k
    DEBUG "SLEEP\x00" 0
    ~type COMMAND LIST "FILTERBY\x00" ACLCAT write
    ~type COMMAND LIST FILTERBY "ACLCAT\x00" write
    ~type COMMAND LIST FILTERBY ACLCAT "connection\x00"
    CONFIG SET maxmemory "0\x00"
    CONFIG SET maxmemory-policy "noeviction\x00"
    CONFIG SET appendonly "no\x00"
  `,
});

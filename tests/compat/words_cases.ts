/**
 * Comparison cases of words with a zero byte in them: an option ends there, and so do a stream's IDs, types of
 * fields and what else is no data. (Names of subcommands are whole: the real server takes such a one when its
 * hash happens to fall where the plain one's does.)
 */

import { family } from "./check.ts";

const s = String.raw;

export const wordsChecks = family("words", {
  "options end at a zero byte": s`
    SET k v "xx\x00c0"
    SET k v "NX\x00c0"
    SET k v "get\x00c0"
    SET k v "ex\x00c0" "10000"
    SET k v "ex" "100\x00"
    SET k v "keepttl\x00c0"
    SET k v "get${"\\x00" + "x".repeat(100)}"
    SET k v "\x00get"
    EXPIRE k 100 "NX\x00z"
    EXPIRE k 100 "zz\x00y"
    GETEX k "persist\x00z"
    COPY k kk "db\x00" 0 "replace\x00"
    LCS k kk "len\x00"
    LCS k kk "minmatchlen\x00" 1 "idx\x00" "withmatchlen\x00"
    BITCOUNT k 0 -1 "bit\x00x"
    BITPOS k 1 0 -1 "byte\x00"
    BITOP "and\x00" d k kk
    SCAN 0 "match\x00" "k\x00"
    MEMORY USAGE none "samples\x00" 1
    FLUSHDB "async\x00"
    FLUSHALL "sync\x00"
  `,
  "options of lists and sets": s`
    RPUSH l a b c
    LINSERT l "before\x00" a x
    LMOVE l l "left\x00" right
    LPOS l a "rank\x001" 1
    LPOS l a "count\x00" 0
    LMPOP 1 l "left\x00" "count\x00" 1
    SORT l "alpha\x00"
    SORT l alpha "limit\x00" 0 1 "desc\x00"
    SORT l "get\x00" "#\x00"
    SORT l by "nosort\x00x"
    SADD s a
    SINTERCARD 1 s "limit\x00" 1
  `,
  "options of sorted sets": s`
    ZADD z "nx\x00s" 1 a 2 b 3 c
    ZADD z "1\x00" d
    ZRANGE z 0 -1 "withscores\x00x"
    ZRANGE z 0 -1 "rev\x00x"
    ZRANGE z 1 2 "byscore\x00"
    ZRANGE z "-" "+" "bylex\x00" "limit\x00" 0 1
    ZRANGESTORE d z 0 -1 "rev\x00"
    ZRANGEBYLEX z "-\x00" "+\x00x"
    ZRANGEBYLEX z "-x" "+"
    ZLEXCOUNT z "[a\x00" "+"
    ZUNION 1 z "weights\x00" 2 "aggregate\x00" "max\x00" "withscores\x00"
    ZMPOP 1 z "min\x00" "count\x00" 1
    GEOADD g "ch\x00" 1 1 a
    GEODIST g a a "km\x00"
    GEODIST g a a "kmx\x00"
    GEODIST g a a "m\x00x"
    GEOSEARCH g "frommember\x00" a "byradius\x00" 1 "ft\x00" "asc\x00" "count\x00" 1 "any\x00" "withdist\x00"
    GEOSEARCHSTORE d g fromlonlat 1 1 bybox 1 1 "mi\x00" "storedist\x00"
    GEORADIUS g 1 1 3 km "store\x00" d
  `,
  "BITFIELD": s`
    SET k abc
    BITFIELD k "get\x00q" u8 0
    BITFIELD k get "u8\x00x" 0
    BITFIELD k get "\x00" 0
    BITFIELD k get "u\x008" 0
    BITFIELD k get u8 "#1\x00"
    BITFIELD k "overflow\x00" "wrap\x00" "incrby\x00" u8 0 200
    BITFIELD k overflow "sat\x00x" "set\x00" u8 0 1
    BITFIELD k overflow "\x00sat" set u8 0 1
    BITFIELD_RO k "get\x00q" u8 0
  `,
  "streams: options": s`
    XADD s "nomkstream\x00" "1-1" f v
    XADD s "1-1" f v
    XADD s "maxlen\x00x" "~\x00" 10 "2-1" f v
    XADD s maxlen "=\x00y" 10 "2-2" f v
    XADD s "minid\x00" 0 "limit\x00" 0 "2-3" f v
    XADD s maxlen "10\x00" "2-4" f v
    XTRIM s minid "1-1\x00x" "limit\x00" 1
    XTRIM s "minid\x00" "1-1\x00x"
    XRANGE s - + "count\x00" 1
    XREAD "count\x00" 1 "streams\x00" s 0
    XGROUP CREATE s g 0 "mkstream\x00"
    XREADGROUP "group\x00" g c "noack\x00" "count\x00" 1 streams s ">"
    XREADGROUP group g c count 1 streams s ">"
    XCLAIM s g c 0 2-1 "justid\x00"
    XCLAIM s g c 0 2-1 "retrycount\x00" 3 "force\x00" "justid\x00"
    XAUTOCLAIM s g c 0 0 "count\x00" 1 "justid\x00x"
    XPENDING s g "idle\x00" 0 - + 5 nobody
    XINFO STREAM none "full\x00"
  `,
  "streams: IDs": s`
    XADD s "1-1\x00x" f v
    XADD s "2\x00-9" f v
    XADD s "3-*\x00x" f v
    XADD s "3-\x00*" f v
    XADD s "-\x00" f v
    XADD s "\x00" f v
    XRANGE s "-\x00" "+\x00x"
    XRANGE s "(1-1\x00x" "+\x00x"
    XRANGE s "(-\x00" "+"
    XRANGE s "(\x00" "+"
    XRANGE s "1\x00-5" "+"
    XRANGE s "1-\x00" "+"
    XRANGE s "\x00" "+"
    XREVRANGE s "+\x00" "-\x00"
    XREAD streams s "1\x00x"
    XREAD streams s "$\x00"
    XREAD streams s ">\x00"
    XGROUP CREATE s g "$\x00a"
    XGROUP CREATE s h "0\x00a"
    XGROUP SETID s g "-\x00"
    XGROUP SETID s h "0\x00"
    XREADGROUP group h c streams s ">\x00q"
    XREADGROUP group h c streams s "$\x00q"
    XREADGROUP group h c streams s "0\x00q"
    ~moments XPENDING s h "-\x00" "+\x00" 5
    XACK s h "1-1\x00"
    XCLAIM s h c 0 "2\x00"
    XAUTOCLAIM s h c 0 "0\x00"
    XAUTOCLAIM s h c 0 "-\x00"
    XDEL s "1-1\x00"
    XSETID s "9-9\x00"
    XADD s "10\x0" f v
    XRANGE s 1${"0".repeat(125)}\x00 +
    XRANGE s 1\x00${"0".repeat(126)} +
  `,
  "clients and the server": s`
    CLIENT UNBLOCK 99999 "timeout\x00"
    CLIENT TRACKING "on\x00" "bcast\x00" "prefix\x00" a
    CLIENT TRACKING "off\x00"
    CLIENT REPLY "on\x00"
    CLIENT "no-evict" "on\x00"
    CLIENT KILL "id\x00" 99999
    CLIENT KILL id 99999 "skipme\x00" "yes\x00"
    CLIENT CACHING "maybe\x00x"
    COMMAND LIST "filterby\x00" "aclcat\x00" "none\x00"
    ~unordered COMMAND LIST "filterby\x00" "aclcat\x00" "bitmap\x00"
    COMMAND INFO "get\x00"
    PFADD h a
    PFDEBUG "encoding\x00" h
    DEBUG "sleep\x00" 0
  `,
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
  "a word of each command": s`
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

/** Comparison cases of transactions: MULTI, EXEC, DISCARD, WATCH, UNWATCH. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const transactionChecks = family("transactions", {
  "DEBUG RELOAD: who watches a key finds it changed": s`
    SET k v
    @a WATCH k
    @b WATCH none
    DEBUG RELOAD
    @a MULTI
    @a GET k
    @a EXEC
    @b MULTI
    @b GET k
    @b EXEC`,
  "WATCH: keys whose time is up while a pause forbids to delete them": s`
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 150
    SET l v PX 150
    @a WATCH k
    @b CLIENT PAUSE 800 WRITE
    !sleep 200
    @a GET k
    @a EXISTS k
    @a DBSIZE
    @a TTL k
    @a MULTI
    @a GET k
    @a DBSIZE
    @a EXEC
    @c WATCH k
    @c MULTI
    @c GET k
    @c EXEC
    @c KEYS *
    @c SCAN 0
    @c DBSIZE
    @d SET k2 v PX 100000
    @d WATCH l
    @d MULTI
    @d GET l
    @d EXEC
    !sleep 900
    @a DBSIZE
    @a GET k
    @a DBSIZE
    SET w v PX 150
    @a WATCH w
    !sleep 200
    @b CLIENT PAUSE 500 WRITE
    @a MULTI
    @a GET w
    @a EXEC
    @a WATCH w
    @a GET w
    @b CLIENT UNPAUSE
    @a GET w
    @a MULTI
    @a PING
    @a EXEC
    SET q 1 PX 150
    @a WATCH q
    @b CLIENT PAUSE 700 WRITE
    !sleep 200
    @a MULTI
    @a PING
    @a SET x y
    @a & EXEC
    @e GET q
    @e DBSIZE
    @a <
    DBSIZE
    SET q 1 PX 150
    @b CLIENT PAUSE 700 WRITE
    !sleep 200
    @a WATCH q
    @e GET q
    @a MULTI
    @a GET q
    @a EXEC
    @b CLIENT UNPAUSE
    @a WATCH q
    @a MULTI
    @a PING
    @a EXEC
    SET q 1 PX 150
    @b CLIENT PAUSE 700 WRITE
    !sleep 200
    @a WATCH q
    @b CLIENT UNPAUSE
    @a MULTI
    @a GET q
    @a EXEC
    SET q 1 PX 150
    @b CLIENT PAUSE 700 WRITE
    !sleep 200
    @a WATCH q
    @b CLIENT UNPAUSE
    @e GET q
    @a MULTI
    @a GET q
    @a EXEC
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  "MULTI: queues, EXEC runs": s`
    MULTI
    SET a 1
    INCR a
    GET a
    LPUSH l x y
    LRANGE l 0 -1
    HGETALL h
    EXEC
    GET a
    EXEC
    DISCARD
    MULTI
    EXEC
    MULTI x
    EXEC x
    DISCARD x
  `,
  "MULTI: errors while queueing": s`
    MULTI
    MULTI
    SET a
    SET b 1
    EXEC
    EXISTS b
    MULTI
    NOSUCH a b
    SET b 1
    EXEC
    EXISTS b
    MULTI
    OBJECT NOSUCH a
    EXEC
    MULTI
    SET b 1
    EXEC 1
    EXISTS b
    EXEC
    MULTI
    WATCH a
    SET b 1
    EXEC
    EXISTS b
    MULTI
    SHUTDOWN ABORT
    EXEC
    MULTI
    DISCARD x
    EXEC
  `,
  "MULTI: errors inside EXEC stop nothing": s`
    SET s text
    MULTI
    INCR s
    SET a 1
    LPUSH s x
    SET a
    EXEC
    MULTI
    INCR s
    SET a 1
    LPUSH s x
    SELECT 99
    GET a
    EXEC
    GET a
  `,
  "MULTI: what acts at once": s`
    MULTI
    SET a 1
    RESET
    EXEC
    GET a
    MULTI
    SET a 1
    DISCARD
    GET a
    DISCARD
    MULTI
    SET a 1
    QUIT
    !closed
  `,
  "MULTI: SELECT and HELLO inside": s`
    MULTI
    SELECT 3
    SET only 3
    EXEC
    GET only
    SELECT 0
    GET only
    MULTI
    HELLO 3
    HGETALL h
    HELLO 2
    HGETALL h
    ECHO x
    ~shape EXEC
  `,
  "MULTI: in a pipeline": s`
    > MULTI\r\nSET a 1\r\nINCR a\r\nEXEC\r\nGET a\r\nMULTI\r\nFOO\r\nEXEC\r\nPING\r\n
    < 9
  `,
  "MULTI: binary and long arguments": s`
    MULTI
    SET "\x00\xff\r\n" "v\x00"
    SET a ${"v".repeat(5000)}
    GET "\x00\xff\r\n"
    STRLEN a
    EXEC
  `,
  "MULTI: blocking commands do not wait": s`
    MULTI
    BLPOP k 0
    BRPOP k 0
    BLMOVE k d LEFT RIGHT 0
    BRPOPLPUSH k d 0
    BLMPOP 0 1 k LEFT
    BZPOPMIN z 0
    BZPOPMAX z 0
    BZMPOP 0 1 z MIN
    WAIT 1 0
    RPUSH k a b
    BLPOP k 0
    EXEC
  `,
  "EXEC: without memory": s`
    MULTI
    SET a 1
    @b CONFIG SET maxmemory 1
    EXEC
    EXEC
    MULTI
    GET a
    EXEC
    @b SET a 1
    @b MULTI
    @b DISCARD
    @b CONFIG SET maxmemory 0
    MULTI
    GET a
    @b CONFIG SET maxmemory 1
    EXEC
    @b CONFIG SET maxmemory 0
  `,
  "EXEC: CLIENT PAUSE holds writes, queued ones too": s`
    @p CLIENT PAUSE 300 WRITE
    MULTI
    GET a
    & SET a 1
    !silent 20
    <
    EXEC
    MULTI
    SET a 2
    @p CLIENT PAUSE 300 WRITE
    & EXEC
    !silent 20
    <
    MULTI
    GET a
    @p CLIENT PAUSE 200 WRITE
    EXEC
    @p CLIENT UNPAUSE
  `,
  "WATCH: a change lets EXEC do nothing": s`
    WATCH a
    @b SET a 1
    MULTI
    SET a 2
    EXEC
    GET a
    MULTI
    SET a 3
    EXEC
    GET a
    WATCH a
    SET a 4
    MULTI
    SET a 5
    EXEC
    GET a
    WATCH
    WATCH a b a
    @b SET c 1
    MULTI
    GET a
    EXEC
    WATCH a
    @b SET a 7
    UNWATCH
    MULTI
    GET a
    EXEC
    WATCH a
    @b SET a 8
    MULTI
    UNWATCH
    GET a
    EXEC
    WATCH a
    @b SET a 9
    MULTI
    DISCARD
    MULTI
    GET a
    EXEC
  `,
  "WATCH: what counts as a change": s`
    SET a 1
    WATCH a
    @b SET a 1
    MULTI
    EXEC
    WATCH nokey
    @b DEL nokey
    MULTI
    EXEC
    WATCH a
    @b EXPIRE a 1000
    MULTI
    EXEC
    WATCH a
    @b PERSIST a
    MULTI
    EXEC
    WATCH a
    @b PERSIST a
    MULTI
    EXEC
    WATCH a
    @b SETNX a 2
    @b GET a
    @b TOUCH a
    @b OBJECT ENCODING a
    MULTI
    EXEC
    WATCH a
    @b INCRBY a 0
    MULTI
    EXEC
    WATCH a
    @b SETRANGE a 0 ""
    MULTI
    EXEC
    WATCH l
    @b RPUSH l x
    MULTI
    EXEC
    WATCH l
    @b LSET l 0 x
    MULTI
    EXEC
    WATCH l
    @b LREM l 0 nothing
    MULTI
    EXEC
    WATCH l
    @b LTRIM l 0 -1
    MULTI
    EXEC
    WATCH l m
    @b RENAME l m
    MULTI
    EXEC
    WATCH m
    @b COPY m n
    MULTI
    EXEC
    WATCH m n
    @b COPY m n REPLACE
    MULTI
    EXEC
    WATCH m
    @b MOVE m 1
    MULTI
    EXEC
    SADD set a
    WATCH set
    @b SADD set a
    MULTI
    EXEC
    WATCH set
    @b SREM set x
    MULTI
    EXEC
    ZADD z 1 a
    WATCH z
    @b ZADD z 1 a
    MULTI
    EXEC
    HSET h f v
    WATCH h
    @b HSET h f v
    MULTI
    EXEC
    WATCH h
    @b HDEL h none
    MULTI
    EXEC
  `,
  "WATCH: expiry": s`
    PSETEX a 30 v
    WATCH a
    !sleep 60
    MULTI
    PING
    EXEC
    PSETEX a 30 v
    @b DEBUG SET-ACTIVE-EXPIRE 0
    !sleep 60
    WATCH a
    @b GET a
    MULTI
    PING
    EXEC
    @b DEBUG SET-ACTIVE-EXPIRE 1
    SET a v
    WATCH a
    @b PEXPIRE a -1
    MULTI
    PING
    EXEC
  `,
  "WATCH: FLUSHDB, FLUSHALL, SWAPDB": s`
    SET a 1
    WATCH a
    @b FLUSHDB
    MULTI
    PING
    EXEC
    WATCH a
    @b FLUSHDB
    MULTI
    PING
    EXEC
    SET a 1
    WATCH a
    @b FLUSHALL
    MULTI
    PING
    EXEC
    SET a 1
    WATCH a
    @b SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH b
    @b SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH a
    @b SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH a
    @b SWAPDB 2 3
    MULTI
    PING
    EXEC
    SELECT 2
    WATCH a
    @b SET a 1
    MULTI
    PING
    EXEC
  `,
  "MULTI: a client's line": s`
    MULTI
    SET a 1
    EXEC
    WATCH a
    SET a 1
    =id CLIENT ID
    @b ~client CLIENT LIST ID {id}
    MULTI
    SET a 1
    @b ~client CLIENT LIST ID {id}
  `,
  "COMMAND INFO of transactions": s`
    ~unordered COMMAND INFO MULTI EXEC DISCARD WATCH UNWATCH WAIT
    COMMAND GETKEYS WATCH a b
  `,
});

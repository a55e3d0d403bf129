/** Comparison cases of the blocking commands of lists and sorted sets, WAIT and CLIENT UNBLOCK. */

import { family } from "./check.ts";

const s = String.raw;

const replies = family("blocking, at once", {
  "BLPOP: there is something": s`
    RPUSH l a b c
    BLPOP l 0
    BRPOP none l 0
    BLPOP l l 1.5
    EXISTS l
    RPUSH "\x00\r\n" "\xff"
    BLPOP "\x00\r\n" 0
    SET s v
    RPUSH l a
    BLPOP s 0
    BLPOP none s 0
    BLPOP none s l 0
    BLPOP l s 0
  `,
  "BLPOP: arguments": s`
    BLPOP
    BLPOP k
    BLPOP k x
    BLPOP k -1
    BLPOP k -0.5
    BLPOP k nan
    BLPOP k inf
    BLPOP k 1e20
    BLPOP k ""
    BLPOP k " 1"
    BLPOP k "1 "
    BLPOP k 0x0.1p0
    BLPOP k 0.001
    BLPOP k 1e-5
    BRPOP k j 0.01
    BRPOP k j 10x
  `,
  "BLMOVE: there is something": s`
    RPUSH l a b c d
    BLMOVE l m LEFT RIGHT 0
    BLMOVE l m RIGHT LEFT 0
    BRPOPLPUSH l m 0
    BLMOVE l l LEFT RIGHT 0
    LRANGE l 0 -1
    LRANGE m 0 -1
    SET s v
    BLMOVE l s LEFT RIGHT 0
    BLMOVE s l LEFT RIGHT 0
    BRPOPLPUSH s l 0
    LRANGE l 0 -1
    BLMOVE l m UP RIGHT 0
    BLMOVE l m LEFT UP 0
    BLMOVE l m LEFT UP x
    BLMOVE l m LEFT RIGHT x
    BLMOVE none m LEFT RIGHT 0.01
    BRPOPLPUSH none m 0.01
    BLMOVE none s LEFT RIGHT 0.01
    BLMOVE l m LEFT RIGHT
    BRPOPLPUSH l m -1
  `,
  "BLMPOP: there is something": s`
    RPUSH l a b c d e
    BLMPOP 0 1 l LEFT
    BLMPOP 0 2 none l RIGHT COUNT 2
    BLMPOP 0 1 l LEFT COUNT 10
    BLMPOP 0.01 1 l LEFT COUNT 10
    BLMPOP x 1 l LEFT
    BLMPOP 0.01 0 l LEFT
    BLMPOP 0.01 x l LEFT
    BLMPOP 0.01 1 l UP
    BLMPOP 0.01 3 l LEFT
    BLMPOP 0.01 1 l LEFT COUNT 0
    BLMPOP 0.01 1 l LEFT COUNT
    BLMPOP 0.01 1 l LEFT COUNT 1 COUNT 1
    BLMPOP -1 1 l UP
    SET s v
    BLMPOP 0 2 none s LEFT
  `,
  "BZPOPMIN: there is something": s`
    ZADD z 1 a 2 b 3.5 c inf d
    BZPOPMIN z 0
    BZPOPMAX none z 0
    BZPOPMAX z 0
    BZPOPMIN z 0
    EXISTS z
    BZPOPMIN z 0.01
    BZPOPMAX z 0.01
    BZPOPMIN z
    BZPOPMIN z x
    BZPOPMIN z -1
    SET s v
    BZPOPMIN s 0
    BZPOPMIN none s 0
  `,
  "BZMPOP: there is something": s`
    ZADD z 1 a 2 b 3.5 c inf d
    BZMPOP 0 1 z MIN
    BZMPOP 0 2 none z MAX COUNT 2
    BZMPOP 0 1 z MIN COUNT 5
    BZMPOP 0.01 1 z MIN COUNT 5
    BZMPOP x 1 z MIN
    BZMPOP 0.01 0 z MIN
    BZMPOP 0.01 1 z UP
    BZMPOP 0.01 9 z MIN
    BZMPOP 0.01 1 z MIN COUNT 0
    BZMPOP 0.01 1 z MIN COUNT 1 COUNT 1
    SET s v
    BZMPOP 0 1 s MIN
  `,
  "WAIT": s`
    WAIT
    WAIT 0 0
    WAIT -1 0
    WAIT 0 -1
    WAIT 1 -1
    WAIT x 0
    WAIT 1 x
    WAIT 1 10
    SET a 1
    WAIT 1 10
  `,
  "COMMAND INFO of blocking commands": s`
    ~unordered COMMAND INFO BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP
    COMMAND GETKEYS BLPOP a b 0
    COMMAND GETKEYS BLMPOP 0 2 a b LEFT
    COMMAND GETKEYS BZMPOP 0 2 a b MIN
    COMMAND GETKEYS BLMOVE a b LEFT LEFT 0
  `,
});

const waits = family("blocking, waiting", {
  "BLPOP: served by a push": s`
    & BLPOP k j 0
    !silent
    @b RPUSH j a b
    <
    @b LRANGE j 0 -1
    & BRPOP k j 0
    <
    & BRPOP k j 0
    @b LPUSH k x y z
    <
    @b LRANGE k 0 -1
  `,
  "BLPOP: in the order of arrival": s`
    & BLPOP k 0
    !silent 10
    @b & BLPOP k 0
    @b !silent 10
    @c & BLPOP k 0
    @c !silent 10
    @d RPUSH k 1 2
    <
    @b <
    @c !silent 10
    & BLPOP k 0
    !silent 10
    @d RPUSH k 3 4 5
    @c <
    <
    @d LRANGE k 0 -1
  `,
  "BLPOP: the key written first counts, in a transaction": s`
    & BLPOP k j 0
    !silent 10
    @b MULTI
    @b RPUSH j a
    @b RPUSH k b
    @b LLEN j
    @b EXEC
    <
    @b LRANGE k 0 -1
    @b DEL k j
    & BLPOP k 0
    !silent 10
    @b MULTI
    @b RPUSH k a
    @b DEL k
    @b EXEC
    !silent 10
    @b MULTI
    @b RPUSH k a
    @b LPOP k
    @b SET k v
    @b EXEC
    !silent 10
    @b DEL k
    @b RPUSH k b
    <
  `,
  "BLPOP: a key of another type is no reason to go on": s`
    & BLPOP k 0
    !silent 10
    @b SET k v
    !silent 10
    @b DEL k
    @b SADD k a
    @b ZADD z 1 a
    @b DEL k
    @b RPUSH k a
    <
    & BLPOP k j 0
    !silent 10
    @b SET k v
    @b RPUSH j a
    <
  `,
  "BLPOP: other ways for a list to come": s`
    & BLPOP k 0
    !silent 10
    @b RPUSH src a
    @b RENAME src k
    <
    & BLPOP k 0
    !silent 10
    @b RPUSH src b
    @b COPY src k
    <
    & BLPOP k 0
    !silent 10
    @b LMOVE src k LEFT LEFT
    <
    & BLPOP k 0
    !silent 10
    @b SELECT 1
    @b RPUSH k c
    !silent 10
    @b MOVE k 0
    <
    & BLPOP k 0
    !silent 10
    @b RPUSH k d
    !silent 10
    @b SWAPDB 0 1
    <
    & BLPOP k 0
    !silent 10
    @b SELECT 0
    @b LPUSHX k x
    @b LINSERT k BEFORE x y
    @b EXISTS k
    @b LPUSH k e
    <
  `,
  "BLMOVE: chains": s`
    & BLMOVE a b LEFT RIGHT 0
    !silent 10
    @b & BLMOVE b c LEFT RIGHT 0
    @b !silent 10
    @c & BLMOVE c d LEFT RIGHT 0
    @c !silent 10
    @d RPUSH a x
    <
    @b <
    @c <
    @d LRANGE d 0 -1
    @d EXISTS a b c
  `,
  "BLMOVE: in a circle": s`
    & BRPOPLPUSH k k 0
    !silent 10
    @b RPUSH k a
    <
    @b LRANGE k 0 -1
    @b DEL k
    & BLMOVE k j LEFT LEFT 0
    !silent 10
    @b & BLMOVE j k LEFT LEFT 0
    @b !silent 10
    @c RPUSH k a
    <
    @b <
    @c LRANGE k 0 -1
  `,
  "BLMOVE: the destination is of another type": s`
    SET d v
    & BLMOVE k d LEFT RIGHT 0
    !silent 10
    @b & BLPOP k 0
    @b !silent 10
    @c RPUSH k a
    <
    @b <
    @c LRANGE k 0 -1
  `,
  "BLMPOP and BLPOP at one key": s`
    & BLMPOP 0 2 k j LEFT COUNT 2
    !silent 10
    @b & BLPOP k 0
    @b !silent 10
    @c RPUSH k a b c d
    <
    @b <
    @c LRANGE k 0 -1
  `,
  "BZPOPMIN: served by a ZADD": s`
    & BZPOPMIN z 0
    !silent 10
    @b & BZPOPMAX z y 0
    @b !silent 10
    @c ZADD z 1 a 2 b 3 c
    <
    @b <
    @c ZRANGE z 0 -1
    @c DEL z
    & BZMPOP 0 2 z y MIN COUNT 2
    !silent 10
    @c ZINCRBY y 1.5 a
    <
    & BZPOPMIN z 0
    !silent 10
    @c ZADD s1 1 a
    @c ZUNIONSTORE z 1 s1
    <
    & BZPOPMIN z 0
    !silent 10
    @c ZRANGESTORE z s1 0 -1
    <
  `,
  "BZPOPMIN: another value's place is taken": s`
    & BZPOPMIN z 0
    !silent 10
    @c ZADD s1 1 a
    @c SET z v
    @c ZUNIONSTORE z 1 s1
    @c SET z v
    @c ZRANGESTORE z s1 0 -1
    @c ZADD z 2 b
    !silent 20
    @c SET z v
    @c RENAME s1 z
    <
    & BLPOP l 0
    !silent 10
    @c RPUSH n 1
    @c SET l v
    @c SORT n STORE l
    !silent 20
    @c SET l v
    @c COPY n l REPLACE
    <
  `,
  "BZPOPMIN: a stream's place is taken": s`
    & BZPOPMIN y 0
    !silent 10
    @c ZADD s1 1 a
    @c XADD y 1-1 f v
    @c ZRANGESTORE y s1 0 -1
    !silent 20
    @c DEL y
    @b & XREAD BLOCK 0 STREAMS elsewhere 0
    @b !silent 10
    @c XADD y 1-1 f v
    @c ZRANGESTORE y s1 0 -1
    !silent 20
  `,
  "BLPOP: a stream's place is taken": s`
    @b & XREAD BLOCK 0 STREAMS elsewhere 0
    & BLPOP y 0
    !silent 10
    @c XADD y 1-1 f v
    @c RPUSH l 1 2
    @c SORT l STORE y
    !silent 20
  `,
  "BZPOPMAX: a stream's place is taken": s`
    @b & XREAD BLOCK 0 STREAMS elsewhere 0
    & BZPOPMAX y 0
    !silent 10
    @c ZADD s1 1 a
    @c XADD y 1-1 f v
    @c ZUNIONSTORE y 1 s1
    !silent 20
  `,
  "BZPOPMIN: what a transaction puts in a list's place": s`
    & BZPOPMIN y 0
    !silent 10
    @c ZADD s1 1 a
    @c MULTI
    @c RPUSH y 1
    @c ZRANGESTORE y s1 0 -1
    @c EXEC
    !silent 20
    @c DEL y
    @b & BLPOP elsewhere 0
    @b !silent 10
    @c MULTI
    @c RPUSH y 1
    @c ZRANGESTORE y s1 0 -1
    @c EXEC
    <
    & BZPOPMIN y 0
    !silent 10
    @c SELECT 1
    @c RPUSH y 1
    @c SELECT 0
    @c SWAPDB 0 1
    !silent 20
    @c DEL y
    @c ZADD y 1 a
    <
  `,
  "BZPOPMIN and XREAD at one key": s`
    & BZPOPMIN y 0
    !silent 10
    @b & XREAD BLOCK 0 STREAMS y 0
    @b !silent 10
    @c ZADD s1 1 a
    @c SET y v
    @c ZUNIONSTORE y 1 s1
    @c ZADD y 2 b
    !silent 20
    @c DEL y
    @c XADD y 1-1 f v
    @b <
    @b & XREAD BLOCK 0 STREAMS y $
    @b !silent 10
    @c ZUNIONSTORE y 1 s1
    !silent 20
    @b !silent 20
    @c ~any DEL y
    @c XADD y 2-1 f v
    @b <
  `,
  "BLPOP and BZPOPMIN at one key": s`
    & BLPOP k 0
    !silent 10
    @b & BZPOPMIN k 0
    @b !silent 10
    @c ZADD k 1 a
    @b <
    @c RPUSH k x
    <
    & BLPOP k 0
    !silent 10
    @b & BZPOPMIN k 0
    @b !silent 10
    @c RPUSH k y
    <
    @c ZADD k 1 b
    @b <
  `,
  "Time is up": s`
    BLPOP k 0.02
    BLMOVE k j LEFT RIGHT 0.02
    BZPOPMIN k 0.02
    @b RPUSH k a
    BLPOP k 0.02
    & BLPOP k 0.05
    @b !sleep 100
    @b RPUSH k a
    <
    LRANGE k 0 -1
  `,
  "What is sent while waiting runs afterwards": s`
    > BLPOP k 0\r\nGET a\r\nBLPOP k 0\r\nGET a\r\n
    !silent 10
    @b SET a 1
    @b RPUSH k x
    < 2
    @b SET a 2
    @b RPUSH k y
    < 2
  `,
  "A client that is gone is not served": s`
    & BLPOP k 0
    !silent 10
    !hangup
    @b & BLPOP k 0
    @b !silent 20
    @c RPUSH k a
    @b <
    =id CLIENT ID
    & BLPOP k 0
    !silent 10
    @c CLIENT KILL ID {id}
    !closed
    @c RPUSH k a
    @c LRANGE k 0 -1
  `,
  "CLIENT UNBLOCK": s`
    =id CLIENT ID
    @b CLIENT UNBLOCK {id}
    & BLPOP k 0
    !silent 10
    @b CLIENT UNBLOCK {id}
    <
    & BLPOP k 0
    !silent 10
    @b CLIENT UNBLOCK {id} TIMEOUT
    <
    & BLPOP k 0
    !silent 10
    @b CLIENT UNBLOCK {id} ERROR
    <
    & BLMOVE k j LEFT LEFT 0
    !silent 10
    @b CLIENT UNBLOCK {id}
    <
    & WAIT 1 0
    !silent 10
    @b CLIENT UNBLOCK {id}
    <
    & WAIT 1 0
    !silent 10
    @b CLIENT UNBLOCK {id} ERROR
    <
    @b CLIENT UNBLOCK {id}
    @b RPUSH k a
    @b LRANGE k 0 -1
    @b CLIENT UNBLOCK 0
    @b CLIENT UNBLOCK x
    @b CLIENT UNBLOCK {id} NOW
    @b CLIENT UNBLOCK {id} ERROR x
  `,
  "CLIENT PAUSE and those who wait": s`
    & BLPOP k 0.5
    !silent 20
    @b CLIENT PAUSE 1200 WRITE
    !silent 20
    @b !sleep 800
    !silent 10
    @b !sleep 400
    <
    & BLPOP k 0
    !silent 20
    @b CLIENT PAUSE 400 ALL
    @c & RPUSH k a
    !silent 50
    <
    @c <
    & BLPOP k 0
    !silent 20
    @b CLIENT PAUSE 400 WRITE
    @c & RPUSH k a
    !silent 50
    <
    @c <
    & BLPOP k 0
    !silent 20
    @b MULTI
    @b CLIENT PAUSE 100 WRITE
    @b RPUSH k a
    @b EXEC
    !silent 10
    <
  `,
  "How it shows": s`
    =id CLIENT ID
    & BLPOP k j 0
    !silent 10
    @b ~client CLIENT LIST ID {id}
    @b ~except:(connected_clients|client_recent|maxclients|cluster|total_|pubsub|watching)\S*\s+ INFO clients
    @b CLIENT UNBLOCK {id}
    <
    & BLPOP k j 100
    !silent 10
    @b ~except:(connected_clients|client_recent|maxclients|cluster|total_|pubsub|watching)\S*\s+ INFO clients
    @b CLIENT UNBLOCK {id} ERROR
    <
    @b CONFIG RESETSTAT
    & BLPOP k 0
    !silent 10
    @b ~lines:usec=[0-9]+|usec_per_call=[0-9.]+ INFO commandstats
    @b RPUSH k x
    <
    @b ~lines:usec=[0-9]+|usec_per_call=[0-9.]+ INFO commandstats
    @b ~any CONFIG RESETSTAT
  `,
  "A waiting client keeps its protocol and database": s`
    SELECT 2
    & BZPOPMIN k 0
    !silent 10
    @b ZADD k 1 a
    !silent 10
    @b SELECT 2
    @b ZADD k 2.5 b
    <
    ~shape HELLO 3
    & BZPOPMIN k 0
    !silent 10
    @b ZADD k 2.5 b
    <
    ~shape HELLO 2
    & BZPOPMIN k 0
    !silent 10
    @b ~shape HELLO 3
    @b ZADD k 2.5 b
    <
  `,
});

export const blockingChecks = [...replies, ...waits];

/** Comparison cases of client-side caching. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const modes = family("tracking", {
  "CLIENT TRACKING: arguments": s`
    CLIENT TRACKING
    CLIENT TRACKING ON x
    CLIENT TRACKING maybe
    CLIENT TRACKING maybe BCAST
    CLIENT TRACKING ON REDIRECT
    CLIENT TRACKING ON PREFIX
    CLIENT TRACKING ON REDIRECT abc
    CLIENT TRACKING ON REDIRECT 999999
    CLIENT TRACKING ON REDIRECT -1
    CLIENT TRACKING OFF REDIRECT 999999
    =id CLIENT ID
    CLIENT TRACKING ON REDIRECT {id} REDIRECT {id}
    CLIENT TRACKING ON REDIRECT {id} REDIRECT 999999
    CLIENT TRACKING ON PREFIX a
    CLIENT TRACKING ON PREFIX a OPTIN OPTOUT
    CLIENT TRACKING ON BCAST OPTIN
    CLIENT TRACKING ON BCAST OPTOUT PREFIX a PREFIX ab
    CLIENT TRACKING ON OPTIN OPTOUT
    CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
    CLIENT TRACKING ON BCAST PREFIX ab PREFIX b PREFIX a
    CLIENT TRACKING ON BCAST PREFIX "" PREFIX x
    CLIENT TRACKING OFF PREFIX a
    CLIENT TRACKING OFF OPTIN OPTOUT BCAST
    CLIENT TRACKINGINFO
    CLIENT TRACKINGINFO x
    CLIENT GETREDIR x
    CLIENT GETREDIR
  `,
  "CLIENT TRACKING: from one mode to another": s`
    CLIENT TRACKING ON
    CLIENT TRACKINGINFO
    CLIENT GETREDIR
    CLIENT TRACKING ON BCAST
    CLIENT TRACKING ON OPTIN
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON OPTOUT
    CLIENT TRACKING ON OPTIN NOLOOP
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON OPTOUT
    CLIENT TRACKING ON OPTIN
    CLIENT TRACKING OFF
    CLIENT TRACKINGINFO
    CLIENT TRACKING OFF
    CLIENT TRACKING ON BCAST NOLOOP
    CLIENT TRACKING ON
    CLIENT TRACKING ON PREFIX a
    CLIENT TRACKING ON BCAST OPTIN
    CLIENT TRACKINGINFO
    RESET
    CLIENT TRACKINGINFO
  `,
  "CLIENT TRACKING: prefixes are added": s`
    CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON BCAST PREFIX foob
    CLIENT TRACKING ON BCAST PREFIX f
    CLIENT TRACKING ON BCAST PREFIX foo
    CLIENT TRACKING ON BCAST PREFIX zap NOLOOP
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON BCAST
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON BCAST PREFIX x
    CLIENT TRACKING OFF
    CLIENT TRACKING ON BCAST PREFIX f
    CLIENT TRACKINGINFO
  `,
  "CLIENT CACHING: arguments and modes": s`
    CLIENT CACHING
    CLIENT CACHING YES
    CLIENT CACHING YES x
    CLIENT CACHING maybe
    CLIENT TRACKING ON
    CLIENT CACHING YES
    CLIENT CACHING NO
    CLIENT CACHING maybe
    CLIENT TRACKING ON OPTIN
    CLIENT CACHING NO
    CLIENT CACHING maybe
    CLIENT CACHING yes
    CLIENT TRACKINGINFO
    PING
    CLIENT TRACKINGINFO
    CLIENT TRACKING OFF
    CLIENT TRACKING ON OPTOUT
    CLIENT CACHING YES
    CLIENT CACHING no
    CLIENT ID x
    CLIENT TRACKINGINFO
    NOTHING
    CLIENT TRACKINGINFO
  `,
  "CLIENT LIST: clients that track": s`
    @b CLIENT TRACKING ON
    @c CLIENT TRACKING ON BCAST NOLOOP
    @d CLIENT TRACKING ON OPTIN
    ~client CLIENT LIST
    @b MULTI
    @d CLIENT TRACKING OFF
    ~client CLIENT LIST
  `,
});

/** Invalidations as RESP3 pushes: connection `a` caches. */
const pushes = family("tracking", {
  "CLIENT TRACKING: a key read is told of once": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GET k
    SET k 1
    @a <
    SET k 2
    @a !silent
    @a GET k
    @a GET k
    @b CLIENT TRACKING ON
    @b MGET k other k
    SET k 3
    @a <
    @b <
    MSET k 1 other 2
    @b <
    DEL k
    @a !silent
  `,
  "CLIENT TRACKING: which commands read": s`
    !resp3
    @a CLIENT TRACKING ON
    @a MGET s1 s2
    @a EXISTS e1 e2
    @a TTL t
    @a TYPE y
    @a OBJECT ENCODING o
    @a TOUCH h1
    @a SCAN 0
    @a KEYS *
    @a SINTER i1 i2
    @a SINTERCARD 2 c1 c2
    @a LCS l1 l2
    @a ZRANGE z 0 1
    @a HGET hash f
    @a BITCOUNT bits
    ~rows:tracking_total_keys,tracking_total_items,tracking_clients INFO ALL
    MSET s2 1 e2 1 t 1 y 1 o 1 h1 1 l1 1 l2 1
    @a < 8
    SADD i1 x
    SADD i2 x
    SADD c2 x
    ZADD z 1 a
    HSET hash f v
    SETBIT bits 1 1
    @a < 6
    @a !silent
  `,
  "CLIENT TRACKING: what writes does not read": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GETSET g v
    @a INCR n
    @a SET s v GET
    @a GETDEL g
    @a SINTERSTORE d s1 s2
    @a LPUSH l a b
    @a LPOP l
    MSET g 1 n 1 s 1
    SADD s1 x
    DEL l
    @a !silent
  `,
  "CLIENT TRACKING: errors and misses read, too": s`
    !resp3
    LPUSH l x
    @a CLIENT TRACKING ON
    @a GET l
    @a GET
    @a GET nothing
    LPUSH l y
    @a <
    SET nothing v
    @a <
  `,
  "CLIENT TRACKING: one's own writes, after the reply": s`
    !resp3
    @a CLIENT TRACKING ON
    @a > GET k\r\nSET k v\r\nGET k\r\nGET k\r\nDEL k\r\n
    @a < 7
    @a > MGET x y z\r\nMSET z 1 x 2\r\nPING\r\n
    @a < 5
    @a !silent
  `,
  "CLIENT TRACKING: NOLOOP": s`
    !resp3
    @a CLIENT TRACKING ON NOLOOP
    @b CLIENT TRACKING ON
    @a GET k
    @b GET k
    @a SET k 1
    @b <
    @a !silent
    SET k 2
    @a !silent
    @a GET k
    SET k 3
    @a <
    SET p 1
    @a GET p
    @a PEXPIRE p 1
    @a !silent 20
    SET p 2
    @a GET p
    PEXPIREAT p 1
    @a <
  `,
  "MULTI: messages come after EXEC": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GET k
    MULTI
    SET k 1
    SET k 2
    @a !silent
    EXEC
    @a <
    @a MULTI
    @a GET k
    @a GET l
    @a SET k v
    @a GET k
    @a SET l 1
    @a EXEC
    @a < 2
    SET k 1
    @a <
    @a MULTI
    @a GET k
    @a DISCARD
    SET k 2
    @a !silent
  `,
  "EXPIRE: tells when the time comes": s`
    !resp3
    @a CLIENT TRACKING ON
    SET k v PX 60
    @a GET k
    @a <
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 30
    @a GET k
    !sleep 40
    @a !silent
    GET k
    @a <
    SET k v PX 30
    @a GET k
    !sleep 40
    @a GET k
    @a <
    SET k v
    SET k v PX 30
    @a GET k
    !sleep 40
    SET k w
    @a <
    @a !silent
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  "FLUSHALL: one message for all keys": s`
    !resp3
    @a CLIENT TRACKING ON
    @b CLIENT TRACKING ON BCAST PREFIX x
    @a GET k
    FLUSHALL
    @a <
    @b <
    SET k 1
    @a !silent
    @a GET k
    SELECT 2
    FLUSHDB
    @a <
    @b <
    SET k 1
    @a !silent
    @a FLUSHALL
    @a <
    @b <
    @a MULTI
    @a FLUSHDB
    @a SET k 1
    @a EXEC
    @a <
    @b <
    FLUSHALL ASYNC
    @a <
    FLUSHALL nonsense
    @a !silent
  `,
  "CLIENT TRACKING: keys have no database": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GET k
    SELECT 3
    SET k v
    @a <
    @a GET k
    SWAPDB 0 3
    @a !silent
    MOVE k 0
    SELECT 0
    MOVE k 3
    @a <
  `,
  "RENAME: both keys change": s`
    !resp3
    @a CLIENT TRACKING ON
    MSET f 1 g 2
    @a MGET f g h
    RENAME f g
    @a < 2
    COPY g h
    @a <
    @a MGET f g h
    DEL f
    @a !silent
    DEL g h
    @a < 2
  `,
  "CLIENT TRACKING: a client that stops": s`
    !resp3
    @a CLIENT TRACKING ON
    @b CLIENT TRACKING ON
    @a GET k
    @b GET k
    @a CLIENT TRACKING OFF
    SET k v
    @b <
    @a GET k
    @a CLIENT TRACKING ON
    SET k v
    @b GET k
    @b !hangup
    !sleep 20
    SET k v
    @a GET k
    @a RESET
    @a ~shape HELLO 3
    SET k w
    @a !silent
  `,
  "CLIENT REPLY: messages come through": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GET k
    @a & CLIENT REPLY OFF
    @a !silent
    SET k 1
    @a <
    @a & GET k
    @a & SET k 2
    @a <
    @a & CLIENT REPLY ON
    @a <
  `,
  "HELLO: a client that changes its protocol": s`
    !resp3
    @a CLIENT TRACKING ON
    @a GET k
    @a ~shape HELLO 2
    SET k 1
    @a !silent
    @a GET k
    @a ~shape HELLO 3
    SET k 2
    @a <
  `,
  "CLIENT CACHING: OPTIN": s`
    !resp3
    @a CLIENT TRACKING ON OPTIN
    @a GET k
    SET k 1
    @a !silent
    @a CLIENT CACHING YES
    @a GET k
    @a GET l
    MSET k 1 l 1
    @a <
    @a CLIENT CACHING YES
    @a PING
    @a GET k
    @a CLIENT CACHING YES
    @a GET
    @a GET k
    SET k 1
    @a !silent
    @a CLIENT CACHING YES
    @a MULTI
    @a GET k
    @a GET l
    @a EXEC
    @a GET m
    MSET k 1 l 1 m 1
    @a < 2
    @a MULTI
    @a CLIENT CACHING YES
    @a GET k
    @a EXEC
    SET k 1
    @a <
    @a !silent
  `,
  "CLIENT CACHING: OPTOUT": s`
    !resp3
    @a CLIENT TRACKING ON OPTOUT
    @a CLIENT CACHING NO
    @a GET k
    @a GET l
    MSET k 1 l 1
    @a <
    @a CLIENT CACHING NO
    @a MULTI
    @a GET k
    @a EXEC
    @a GET l
    MSET k 1 l 1
    @a <
    @a !silent
  `,
  "CLIENT TRACKING: a full table forgets": s`
    !resp3
    CONFIG SET tracking-table-max-keys 2
    @a CLIENT TRACKING ON
    @a GET k1
    @a GET k2
    @a GET k3
    @a ~shape <
    !sleep 300
    ~rows:tracking_total_keys,tracking_total_items INFO stats
    @a PING
  `,
  "CLIENT TRACKING: blocked clients": s`
    !resp3
    @a CLIENT TRACKING ON
    @a LRANGE l 0 -1
    @b & BLPOP l 0
    @b !silent
    RPUSH l x
    @a <
    @b <
    @a LRANGE l 0 -1
    @a & BLPOP l 0
    @a !silent
    RPUSH l x
    @a < 2
  `,
});

const redirected = family("tracking", {
  "REDIRECT: to a RESP2 subscriber": s`
    @b =b CLIENT ID
    @b ~shape HELLO 2
    @a CLIENT TRACKING ON REDIRECT {b}
    @a ~shape CLIENT TRACKINGINFO
    @a GET k
    SET k 1
    @b !silent
    @b SUBSCRIBE something
    @a GET k
    SET k 1
    @b <
    @b SUBSCRIBE __redis__:invalidate
    @a GET k
    @a SET k 2
    @b <
    FLUSHALL
    @b <
    PUBLISH __redis__:invalidate text
    @b <
    @a MULTI
    @a GET k
    @a SET k 1
    @a SET k 2
    @a EXEC
    @b <
    @a !silent
    @b UNSUBSCRIBE something __redis__:invalidate
    @b <
    @a GET k
    SET k 1
    @b !silent
  `,
  "TRACKING: keys that are evicted for a command are told of before its reply": s`
    !resp3
    CONFIG SET maxmemory-policy allkeys-random
    SET k v
    CLIENT TRACKING ON
    GET k
    > CONFIG SET maxmemory 1\r\nSET j 1\r\nPING\r\n
    < 4
    CONFIG SET maxmemory 0
  `,
  "REDIRECT: to a RESP3 client": s`
    @b =b CLIENT ID
    @b ~shape HELLO 3
    @a CLIENT TRACKING ON REDIRECT {b}
    @a GET k
    SET k 1
    @b <
    FLUSHALL
    @b <
    @a GET k
    @b SET k 2
    @b <
    @a GET k
    @a SET k 2
    @b <
    @a !silent
  `,
  "REDIRECT: to itself": s`
    @a =a CLIENT ID
    @a CLIENT TRACKING ON REDIRECT {a}
    @a ~shape CLIENT TRACKINGINFO
    @a GET k
    @a CLIENT GETREDIR x
  `,
  "REDIRECT: to a client that is gone": s`
    @b =b CLIENT ID
    @a CLIENT TRACKING ON REDIRECT {b}
    @a GET k
    @b !hangup
    !sleep 30
    GET k
    @a ~shape CLIENT TRACKINGINFO
    @a CLIENT TRACKING ON
    @a CLIENT TRACKINGINFO
  `,
  "REDIRECT: tells of a client that is gone": s`
    !resp3
    @b =b CLIENT ID
    @a CLIENT TRACKING ON REDIRECT {b}
    @a GET k
    @b !hangup
    !sleep 30
    @a !silent
    SET k 1
    @a ~shape <
    @a ~shape CLIENT TRACKINGINFO
    @a GET k
    SET k 2
    @a ~shape <
    FLUSHALL
    @a ~shape <
    @a CLIENT TRACKING ON
    @a GET k
    SET k 3
    @a <
  `,
});

const broadcast = family("tracking", {
  "BCAST: every prefix has its message, its keys in order": s`
    !resp3
    @a CLIENT TRACKING ON BCAST PREFIX foo: PREFIX bar:
    MSET foo:2 1 foo:1 2 bar:1 3 zap 1 foo:1 4
    @a < 2
    > SET foo:9 1\r\nSET foo:8 1\r\nSET foo:9 2\r\n
    < 3
    @a <
    @a > SET foo:1 2\r\nGET foo:1\r\nSET foo:0 1\r\nGET foo:0\r\n
    @a < 5
    @a MULTI
    @a SET foo:1 1
    @a SET bar:1 1
    @a EXEC
    @a < 2
    DEL nothing foo:0
    @a <
    SET foo:2 v PX 20
    @a <
    @a <
    ~rows:tracking_total_prefixes,tracking_total_keys,tracking_clients INFO ALL
  `,
  "BCAST: NOLOOP, and waiters that are served": s`
    !resp3
    @a CLIENT TRACKING ON BCAST NOLOOP
    @a & BZPOPMIN z 0
    !sleep 60
    @b ZADD z 1 x 2 y
    @a < 1
    @a !silent
    @a & XREAD BLOCK 0 STREAMS s $
    !sleep 60
    @b XADD s 1 a b
    @a < 2
    @a !silent
    @b XGROUP CREATE s g $
    @a !silent
    @a & XREADGROUP GROUP g c BLOCK 0 STREAMS s >
    !sleep 60
    @b XADD s 2 a b
    @a < 2
    @a !silent
    @a & BLPOP l2 0
    !sleep 60
    @a2 CLIENT TRACKING ON BCAST NOLOOP
    @a2 RPUSH l2 a b
  `,
  "BCAST: NOLOOP, and BLPOP that is served": s`
    !resp3
    @a CLIENT TRACKING ON BCAST NOLOOP
    @a & BLPOP l 0
    !sleep 60
    @b RPUSH l x
    @a <
    @a !silent
  `,
  "BCAST: NOLOOP, and BLMOVE that is served": s`
    !resp3
    @a CLIENT TRACKING ON BCAST NOLOOP
    @a & BLMOVE l m LEFT LEFT 0
    !sleep 60
    @b RPUSH l x
    @a <
    @a !silent
  `,
  "BCAST: NOLOOP, and whoever serves waiters": s`
    !resp3
    @a CLIENT TRACKING ON BCAST NOLOOP
    @b CLIENT TRACKING ON BCAST NOLOOP
    @c CLIENT TRACKING ON BCAST
    @a & BZPOPMIN z 0
    !sleep 50
    @b ZADD z 1 x 2 y
    @a < 1
    @a !silent
    @b < 1
    @c < 1
    @c !silent
    @b XADD s 1 a b
    @a <
    @c <
    @b XGROUP CREATE s g $
    @a & XREADGROUP GROUP g c BLOCK 0 STREAMS s >
    !sleep 50
    @b XADD s 2 a b
    @a < 2
    @c <
    @b !silent
  `,
  "BCAST: NOLOOP": s`
    !resp3
    @a CLIENT TRACKING ON BCAST NOLOOP
    @b CLIENT TRACKING ON BCAST
    @a SET k 1
    @b <
    @a !silent
    SET k 2
    @a <
    @b <
    @a > SET k 1\r\nSET l 1\r\n
    @a < 2
    @b <
    @a !silent
  `,
  "BCAST: redirected": s`
    @b =b CLIENT ID
    @b ~shape HELLO 2
    @b SUBSCRIBE __redis__:invalidate
    @a CLIENT TRACKING ON BCAST REDIRECT {b}
    > SET k 1\r\nSET a 1\r\n
    < 2
    @b <
    @a SET k 2
    @b <
    @c CLIENT TRACKING ON BCAST PREFIX k REDIRECT {b}
    MSET k 1 l 1
    @b < 2
    @a RESET
    MSET k 1 l 1
    @b <
  `,
  "BCAST: all that writes": s`
    !resp3
    @a CLIENT TRACKING ON BCAST
    LPUSH l a
    @a <
    LPOP l
    @a <
    LPOP l
    SADD s a
    @a <
    SADD s a
    SMOVE s s2 a
    @a <
    EXPIRE s2 100
    @a <
    PERSIST s2
    @a <
    RENAME s2 s3
    @a <
    SUNIONSTORE s4 s3 nothing
    @a <
    COPY s4 s5
    @a <
    MOVE s5 1
    @a <
    SPOP s4
    @a <
    HSET h f v
    @a <
    HDEL h f g
    @a <
    GETDEL nothing
    SET n 1 NX
    @a <
    SET n 1 NX
    APPEND n ""
    @a <
    @a !silent
  `,
});

/** The cases of this file. */
export const trackingChecks = [...modes, ...pushes, ...redirected, ...broadcast];

/** Comparison cases of the sorted-set commands. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const LIMIT = "m".repeat(64);
const LONG = "m".repeat(65);
/** `count` pairs of score and member in one line. */
const pairs = (count: number, score = (i: number) => i) =>
  Array.from({ length: count }, (_, i) => `${score(i)} m${i}`).join(" ");

const writes = family("sorted sets, adding", {
  "ZADD: adds, updates, counts": s`
    ZADD
    ZADD k
    ZADD k 1
    ZADD k 1 a 2
    ZADD k 1 a 2 b 3
    ZADD k 1 a
    ZADD k 1 a 2 b
    ZADD k CH 1 a 3 b 4 c
    ZADD k 5 a 6 a 7 a
    ZRANGE k 0 -1 WITHSCORES
    ZADD k CH 5 d 6 d
    ZADD k x e
    ZADD k 1 e x f
    ZCARD k
    ZADD k 1 "" 2 "\x00\xff\r\n" 3 " "
    ZRANGE k 0 -1 WITHSCORES
    SET str v
    ZADD str 1 a
    ZADD str x a
    ZADD str 1
    TYPE k
  `,
  "ZADD: NX, XX, GT, LT, CH": s`
    ZADD k XX 1 a
    EXISTS k
    ZADD k XX INCR 1 a
    EXISTS k
    ZADD k NX 1 a 2 b
    ZADD k NX 9 a 3 c
    ZADD k nx ch 9 a 4 d
    ZRANGE k 0 -1 WITHSCORES
    ZADD k XX CH 10 a 5 new
    ZADD k GT 5 a 20 b
    ZADD k GT CH 20 b 21 b
    ZADD k LT 5 a 50 b
    ZADD k LT CH 4 a 5 a
    ZADD k GT 1 e
    ZADD k LT 1 f
    ZADD k XX GT CH 100 a 100 g
    ZADD k GT CH XX 101 a
    ZRANGE k 0 -1 WITHSCORES
    ZADD k CH CH CH 1 a
    ZADD k NX XX 1 a
    ZADD k NX GT 1 a
    ZADD k NX LT 1 a
    ZADD k GT LT 1 a
    ZADD k XX NX GT LT 1 a
    ZADD k NX XX x
    ZADD k NX
    ZADD k NX 1
    ZADD k CH a
    ZADD k 1 a CH
    ZADD k 1 NX
    ZSCORE k NX
    ZADD k BOGUS 1 a
  `,
  "ZADD INCR and ZINCRBY": s`
    ZINCRBY k CH a
    ZINCRBY k nx a
    ZINCRBY k x a
    ZADD k INCR 1 a
    ZADD k INCR 2.5 a
    ZADD k INCR NX 1 a
    ZADD k INCR NX 1 b
    ZADD k INCR XX 1 c
    ZADD k INCR GT -1 a
    ZADD k INCR GT 1 a
    ZADD k INCR LT 1 a
    ZADD k INCR LT -1 a
    ZADD k INCR GT 0 a
    ZADD k INCR CH 1 a
    ZADD k INCR 1 a 2 b
    ZADD k INCR x a
    ZADD k INCR inf inf
    ZADD k INCR -inf inf
    ZINCRBY k -inf inf
    ZINCRBY k inf inf
    ZINCRBY k nan a
    ZINCRBY k 1e308 huge
    ZINCRBY k 1e308 huge
    ZINCRBY k 0.1 tenth
    ZINCRBY k 0.2 tenth
    ZINCRBY k -0 zero
    ZINCRBY k 0 zero
    ZSCORE k zero
    ZINCRBY
    ZINCRBY k 1
    ZINCRBY k 1 a b
    ZINCRBY k "" a
    ZINCRBY new 5 a
    ZINCRBY new -5 a
    ZRANGE new 0 -1 WITHSCORES
    SET str v
    ZINCRBY str 1 a
    ZADD str INCR 1 a
  `,
  "ZADD: scores": s`
    ZADD k inf a -inf b +inf c Infinity d -INFINITY e
    ZADD k nan f
    ZADD k NaN f
    ZADD k "" f
    ZADD k " 1" f
    ZADD k "1 " f
    ZADD k 0x1F hex 1e3 exp .5 half 5. dot +7 plus -0 minus
    ZADD k 1e400 f
    ZADD k 1e-400 f
    ZADD k 4.9e-324 least 1.7976931348623157e308 most 2.2250738585072014e-308 normal
    ZADD k 0.1 tenth 3.0000000000000004 three 1e17 e17 1e21 e21 123456789012345678 long
    ZADD k 9007199254740993 past 4611686018427387904 p62 -9223372036854775808 p63
    ZRANGE k 0 -1 WITHSCORES
    ~unordered ZSCAN k 0
    CONFIG SET zset-max-listpack-entries 0
    ZADD l -0 minus 0 zero 0.1 tenth 1e17 e17 1e21 e21 4611686018427387904 p62
    ZRANGE l 0 -1 WITHSCORES
    ZSCORE l minus
    ZADD l 0 minus
    ZSCORE l minus
    ~unordered ZSCAN l 0
    ZADD l INCR -0 fresh
    ZMSCORE l minus fresh zero
  `,
  "ZREM: counts, and the key goes with the last member": s`
    ZREM
    ZREM k
    ZREM missing a
    ZADD k 1 a 2 b 3 c 4 d
    ZREM k a
    ZREM k a b x b
    ZREM k c d e
    EXISTS k
    SET str v
    ZREM str a
    ZADD k 1 1 2 2 3 01
    ZREM k 01 3
    ZRANGE k 0 -1
  `,
});

const reads = family("sorted sets, reading", {
  "ZSCORE, ZMSCORE, ZCARD": s`
    ZSCORE
    ZSCORE k
    ZSCORE missing a
    ZMSCORE missing a b
    ZMSCORE k
    ZCARD missing
    ZCARD
    ZCARD a b
    ZADD k 1.5 a 2 b -inf c
    ZSCORE k a
    ZSCORE k x
    ZSCORE k c
    ZMSCORE k a x b a
    ZCARD k
    SET str v
    ZSCORE str a
    ZMSCORE str a
    ZCARD str
  `,
  "ZRANK, ZREVRANK": s`
    ZRANK
    ZRANK k
    ZRANK missing a
    ZREVRANK missing a
    ZADD k 1 a 1 b 1 aa 0 z 5 0
    ZRANK k z
    ZRANK k a
    ZRANK k aa
    ZRANK k 0
    ZREVRANK k 0
    ZREVRANK k z
    ZRANK k x
    ZREVRANK k x
    SET str v
    ZRANK str a
    ZREVRANK str a
  `,
  "ZRANGE by rank": s`
    ZRANGE
    ZRANGE k 0
    ZRANGE missing 0 -1
    ZADD k 1 a 2 b 3 c 4 d
    ZRANGE k 0 -1
    ZRANGE k 1 2 WITHSCORES
    ZRANGE k -2 -1
    ZRANGE k -100 100 REV
    ZRANGE k 0 0 REV WITHSCORES
    ZRANGE k 2 1
    ZRANGE k 4 10
    ZRANGE k -1 -2
    ZRANGE k -10 -5
    ZRANGE k 9223372036854775807 -1
    ZRANGE k -9223372036854775808 9223372036854775807
    ZRANGE k 0 9223372036854775808
    ZRANGE k x 1
    ZRANGE k 0 1.5
    ZRANGE k 0 -1 BOGUS
    ZRANGE k 0 -1 LIMIT 0 1
    ZRANGE k 0 -1 LIMIT 1 -1
    ZRANGE k 0 -1 LIMIT 1
    ZRANGE k 0 -1 LIMIT x 1
    ZRANGE k 0 -1 WITHSCORES REV withscores
    ZREVRANGE k 0 1
    ZREVRANGE k 0 -1 WITHSCORES
    ZREVRANGE k -3 2
    ZREVRANGE k 0 -1 REV
    ZREVRANGE k 0 -1 LIMIT 0 -1
    ZREVRANGE k 0 -1 BYSCORE
    SET str v
    ZRANGE str 0 -1
    ZRANGE str x -1
    ZREVRANGE str 0 -1
  `,
  "ZRANGE by score": s`
    ZADD k 1 a 2 b 2 bb 3 c 4 d inf e -inf f
    ZRANGEBYSCORE k 2 3
    ZRANGEBYSCORE k (2 3 WITHSCORES
    ZRANGEBYSCORE k 2 (3
    ZRANGEBYSCORE k (2 (2
    ZRANGEBYSCORE k 3 2
    ZRANGEBYSCORE k -inf +inf
    ZRANGEBYSCORE k (-inf (inf
    ZRANGEBYSCORE k (inf inf
    ZRANGEBYSCORE k inf inf
    ZRANGEBYSCORE k -inf +inf LIMIT 1 2
    ZRANGEBYSCORE k -inf +inf LIMIT -1 2
    ZRANGEBYSCORE k -inf +inf LIMIT 1 -5 WITHSCORES
    ZRANGEBYSCORE k -inf +inf WITHSCORES LIMIT 100 1
    ZRANGEBYSCORE k -inf +inf LIMIT 0 0
    ZRANGEBYSCORE k -inf +inf LIMIT 1
    ZRANGEBYSCORE k -inf +inf LIMIT a 1
    ZRANGEBYSCORE k -inf +inf LIMIT 1 1 LIMIT 0 1
    ZRANGEBYSCORE k x 1
    ZRANGEBYSCORE k 1 nan
    ZRANGEBYSCORE k (x 1
    ZRANGEBYSCORE k ( 3
    ZRANGEBYSCORE k "" 3
    ZRANGEBYSCORE k " 1" 3
    ZRANGEBYSCORE k "1 " 3
    ZRANGEBYSCORE k ((1 3
    ZRANGEBYSCORE k 1 2 REV
    ZREVRANGEBYSCORE k 3 2 WITHSCORES
    ZREVRANGEBYSCORE k (3 (1
    ZREVRANGEBYSCORE k 2 3
    ZREVRANGEBYSCORE k +inf -inf LIMIT 1 3
    ZREVRANGEBYSCORE k +inf -inf LIMIT 5 -1
    ZRANGE k 1 3 BYSCORE
    ZRANGE k 3 (1 BYSCORE REV WITHSCORES
    ZRANGE k 1 3 BYSCORE REV
    ZRANGE k -inf +inf LIMIT 2 2 BYSCORE
    ZRANGE k +inf -inf REV LIMIT 2 2 BYSCORE WITHSCORES
    ZRANGE k 1 3 BYLEX BYSCORE
    ZRANGE k 1 3 BYSCORE BYSCORE
    ZRANGE k 3 1 REV BYSCORE REV
    ZRANGEBYSCORE missing 1 2
    ZRANGEBYSCORE missing x 2
    ZCOUNT k 1 2
    ZCOUNT k (1 (3
    ZCOUNT k -inf inf
    ZCOUNT k 3 1
    ZCOUNT k x 1
    ZCOUNT missing 1 2
    ZCOUNT k 1
    SET str v
    ZRANGEBYSCORE str 1 2
    ZRANGEBYSCORE str x 2
    ZCOUNT str 1 2
    ZCOUNT str x 2
  `,
  "ZRANGE by member": s`
    ZADD k 0 a 0 b 0 c 0 d 0 e 0 "" 0 aa 0 1 0 10 0 "\xff"
    ZRANGEBYLEX k - +
    ZRANGEBYLEX k [b [d
    ZRANGEBYLEX k (b (d
    ZRANGEBYLEX k (b [b
    ZRANGEBYLEX k [b [b
    ZRANGEBYLEX k [d [b
    ZRANGEBYLEX k + -
    ZRANGEBYLEX k - -
    ZRANGEBYLEX k + +
    ZRANGEBYLEX k [ [a
    ZRANGEBYLEX k ( (
    ZRANGEBYLEX k [ab +
    ZRANGEBYLEX k - (aa
    ZRANGEBYLEX k [1 (2
    ZRANGEBYLEX k a b
    ZRANGEBYLEX k "" b
    ZRANGEBYLEX k -a +
    ZRANGEBYLEX k - ++
    ZRANGEBYLEX k - + LIMIT 2 3
    ZRANGEBYLEX k - + LIMIT 2 -1
    ZRANGEBYLEX k - + WITHSCORES
    ZREVRANGEBYLEX k + -
    ZREVRANGEBYLEX k [d [b
    ZREVRANGEBYLEX k (d (b LIMIT 0 1
    ZREVRANGEBYLEX k [b [d
    ZRANGE k - + BYLEX
    ZRANGE k - + BYLEX WITHSCORES
    ZRANGE k + - BYLEX REV LIMIT 1 2
    ZRANGE k - + BYLEX REV
    ZLEXCOUNT k - +
    ZLEXCOUNT k [b (d
    ZLEXCOUNT k b d
    ZLEXCOUNT missing - +
    ZRANGEBYLEX missing - +
    ZRANGEBYLEX missing a b
    CONFIG SET zset-max-listpack-entries 0
    ZUNIONSTORE l 1 k
    OBJECT ENCODING l
    ZRANGEBYLEX l (b (d
    ZRANGEBYLEX l [ab +
    ZREVRANGEBYLEX l [d [b
    ZRANGEBYLEX l - (aa
    ZLEXCOUNT l [a (c
    SET str v
    ZRANGEBYLEX str - +
    ZLEXCOUNT str - +
  `,
  "ZRANGE by member where scores differ": s`
    ZADD k 1 m5 2 m3 3 m9 4 m1 5 m7
    ZRANGEBYLEX k [m3 [m8
    ZRANGEBYLEX k [m1 [m2
    ZRANGEBYLEX k (m5 +
    ZRANGEBYLEX k - (m9
    ZREVRANGEBYLEX k [m7 [m2
    ZREVRANGEBYLEX k (m7 -
    ZREVRANGEBYLEX k + [m9
    ZLEXCOUNT k [m3 [m8
    ZREMRANGEBYLEX k [m2 [m6
    ZRANGE k 0 -1
  `,
  "ZRANDMEMBER": s`
    ZRANDMEMBER
    ZRANDMEMBER missing
    ZRANDMEMBER missing 5
    ZRANDMEMBER missing -5 WITHSCORES
    ZADD k 1 a
    ZRANDMEMBER k
    ZRANDMEMBER k 1
    ZRANDMEMBER k 5 WITHSCORES
    ZRANDMEMBER k -3
    ZRANDMEMBER k -3 WITHSCORES
    ZRANDMEMBER k 0
    ZRANDMEMBER k 0 WITHSCORES
    ZRANDMEMBER k x
    ZRANDMEMBER k 1 BOGUS
    ZRANDMEMBER k 1 WITHSCORES x
    ZRANDMEMBER k WITHSCORES
    ZRANDMEMBER k 9223372036854775807
    ZRANDMEMBER k 9223372036854775807 WITHSCORES
    ZRANDMEMBER k 4611686018427387904 WITHSCORES
    ZRANDMEMBER k 4611686018427387903 WITHSCORES
    ZRANDMEMBER k -9223372036854775808
    ZRANDMEMBER k -9223372036854775807 WITHSCORES
    ZADD l ${pairs(300)}
    ~shape ZRANDMEMBER l 5
    ~shape ZRANDMEMBER l 100 WITHSCORES
    ~shape ZRANDMEMBER l 299
    ~unordered ZRANDMEMBER l 300 WITHSCORES
    ~shape ZRANDMEMBER l -1000
    ~type ZRANDMEMBER l
    SET str v
    ZRANDMEMBER str
    ZRANDMEMBER str 1
    ZRANDMEMBER str x
  `,
  "ZSCAN: what is asked counts only of a sorted set": s`
    SET text v
    ZSCAN text 0 COUNT
    ZSCAN text 0 COUNT x
    ZSCAN missing 0 COUNT 0
    ZSCAN missing 0 BOGUS 1
    ZSCAN missing x BOGUS 1
    ZADD k 1 a
    ZSCAN k 0 COUNT
    ZSCAN k 0 COUNT x
  `,
  "ZRANGEBYSCORE: one error for two bad numbers": s`
    ZADD k 1 a
    ZRANGEBYSCORE k 0 1 LIMIT x y
    ZRANGE k 0 1 BYSCORE LIMIT "" 1.5
    ZREVRANGEBYLEX k + - LIMIT 1 y
    ZRANGESTORE d k 0 1 BYSCORE LIMIT x y
    PING
  `,
  "ZSCAN": s`
    ZSCAN
    ZSCAN k
    ZSCAN missing 0
    ZSCAN missing x
    ZADD k 1 a 2 b 2.5 ab 3 "" 4 17
    ~unordered ZSCAN k 0
    ZSCAN k 0 MATCH a
    ~unordered ZSCAN k 0 MATCH a*
    ~unordered ZSCAN k 0 MATCH *
    ~unordered ZSCAN k 0 MATCH * COUNT 1
    ZSCAN k 0 MATCH 1?
    ZSCAN k 0 MATCH ""
    ZSCAN k 0 COUNT 0
    ZSCAN k 0 COUNT -1
    ZSCAN k 0 COUNT x
    ZSCAN k 0 MATCH
    ZSCAN k 0 BOGUS 1
    ZSCAN k -x
    ZADD l ${pairs(300)}
    ~unordered ZSCAN l 0 COUNT 10000
    ~unordered ZSCAN l 0 COUNT 10000 MATCH m1?
    SET str v
    ZSCAN str 0
    ZSCAN str x
  `,
});

const takes = family("sorted sets, taking", {
  "ZPOPMIN, ZPOPMAX": s`
    ZPOPMIN
    ZPOPMIN missing
    ZPOPMIN missing 2
    ZPOPMAX missing 0
    ZADD k 1 a 2 b 3 c 4 d 5 e
    ZPOPMIN k
    ZPOPMAX k
    ZPOPMIN k 0
    ZPOPMIN k 2
    ZPOPMAX k 10
    EXISTS k
    ZADD k 1 a 1 b
    ZPOPMIN k -1
    ZPOPMIN k x
    ZPOPMIN k 1 2
    ZPOPMAX k -1
    ZPOPMAX k 9223372036854775807
    ZADD l ${pairs(300)}
    ZPOPMIN l 140
    ZPOPMAX l 140
    ZRANGE l 0 -1 WITHSCORES
    OBJECT ENCODING l
    SET str v
    ZPOPMIN str
    ZPOPMAX str 1
    ZPOPMAX str x
  `,
  "ZMPOP": s`
    ZMPOP
    ZMPOP 1 k
    ZMPOP 1 missing MIN
    ZMPOP 2 missing missing2 MAX COUNT 3
    ZADD k 1 a 2 b 3 c 4 d 5 e
    ZMPOP 1 k MIN
    ZMPOP 2 missing k max count 2
    ZMPOP 1 k MIN COUNT 100
    EXISTS k
    ZADD k 1 a
    ZMPOP 0 k MIN
    ZMPOP -1 k MIN
    ZMPOP x k MIN
    ZMPOP 1 k BOGUS
    ZMPOP 2 k MIN
    ZMPOP 1 k MIN COUNT
    ZMPOP 1 k MIN COUNT 0
    ZMPOP 1 k MIN COUNT -1
    ZMPOP 1 k MIN COUNT x
    ZMPOP 1 k MIN COUNT 1 COUNT 2
    ZMPOP 1 k MIN BOGUS 1
    ZMPOP 9999999 k MIN
    SET str v
    ZMPOP 1 str MIN
    ZMPOP 2 missing str MIN
    ZMPOP 2 k str MIN
  `,
  "ZREMRANGEBYRANK, BYSCORE, BYLEX": s`
    ZREMRANGEBYRANK
    ZREMRANGEBYRANK missing 0 -1
    ZREMRANGEBYSCORE missing 0 1
    ZREMRANGEBYLEX missing - +
    ZADD k ${pairs(10)}
    ZREMRANGEBYRANK k 0 1
    ZREMRANGEBYRANK k -2 -1
    ZREMRANGEBYRANK k 5 2
    ZREMRANGEBYRANK k x 2
    ZREMRANGEBYSCORE k (2 4
    ZREMRANGEBYSCORE k 100 200
    ZREMRANGEBYSCORE k x 2
    ZRANGE k 0 -1
    ZREMRANGEBYSCORE k -inf inf
    EXISTS k
    ZADD k 0 a 0 b 0 c
    ZREMRANGEBYLEX k [b [b
    ZREMRANGEBYLEX k b b
    ZREMRANGEBYLEX k - +
    EXISTS k
    ZADD l ${pairs(300)}
    ZREMRANGEBYRANK l 10 -11
    ZREMRANGEBYSCORE l 5 292
    ZRANGE l 0 -1 WITHSCORES
    ZREMRANGEBYRANK l 0 -1
    EXISTS l
    SET str v
    ZREMRANGEBYRANK str 0 -1
    ZREMRANGEBYRANK str x -1
    ZREMRANGEBYSCORE str 0 1
    ZREMRANGEBYLEX str - +
  `,
});

const encodings = family("sorted sets, encodings", {
  "by number of members": s`
    ZADD k ${pairs(128)}
    OBJECT ENCODING k
    ZADD k 5 m5
    OBJECT ENCODING k
    ZADD k 1 one-more
    OBJECT ENCODING k
    ZREM k one-more m1 m2
    OBJECT ENCODING k
    ZADD l ${pairs(129)}
    OBJECT ENCODING l
    CONFIG SET zset-max-listpack-entries 3
    ZADD m 1 a 2 b 3 c
    OBJECT ENCODING m
    ZINCRBY m 1 d
    OBJECT ENCODING m
    CONFIG SET zset-max-listpack-entries 0
    ZADD n 1 a
    OBJECT ENCODING n
    COPY m o
    OBJECT ENCODING o
  `,
  "by length": s`
    ZADD k 1 ${LIMIT}
    OBJECT ENCODING k
    ZADD k 1 ${LONG}
    OBJECT ENCODING k
    ZADD l 1 ${LONG}
    OBJECT ENCODING l
    ZADD m 1 a 2 ${LONG}
    OBJECT ENCODING m
    ZREM m ${LONG}
    OBJECT ENCODING m
    CONFIG SET zset-max-listpack-value 3
    ZADD n 1.23456 abc
    OBJECT ENCODING n
    ZADD n 1 1234
    OBJECT ENCODING n
    ZRANGE n 0 -1 WITHSCORES
    CONFIG SET zset-max-listpack-value 0
    ZADD o 1 ""
    OBJECT ENCODING o
    CONFIG SET zset-max-listpack-value 100000
    ZADD p 1 ${"x".repeat(20000)} 2 ${"y".repeat(5000)} 3 ${"z".repeat(200)}
    OBJECT ENCODING p
    ZRANGE p 0 -1
    ZADD p 4 ${"x".repeat(20000)}
    ZRANK p ${"x".repeat(20000)}
  `,
  "of what is stored": s`
    ZADD k ${pairs(128)}
    ZADD l 1 ${LONG} 2 a
    ZADD m ${pairs(129)}
    ZUNIONSTORE d 1 k
    OBJECT ENCODING d
    ZUNIONSTORE d 2 k l
    OBJECT ENCODING d
    ZINTERSTORE d 2 l l
    OBJECT ENCODING d
    ZDIFFSTORE d 2 m k
    OBJECT ENCODING d
    ZRANGESTORE d m 0 -1
    OBJECT ENCODING d
    ZRANGESTORE d m 0 -2
    OBJECT ENCODING d
    ZRANGESTORE d m -inf +inf BYSCORE
    OBJECT ENCODING d
    ZRANGESTORE d m -inf +inf BYSCORE LIMIT 0 5
    OBJECT ENCODING d
    ZRANGESTORE d l 0 -1
    OBJECT ENCODING d
    ZRANGESTORE d l -1 -1
    OBJECT ENCODING d
    CONFIG SET zset-max-listpack-entries 0
    ZRANGESTORE d l -1 -1
    OBJECT ENCODING d
    ZUNIONSTORE d 1 k
    OBJECT ENCODING d
  `,
});

export const zsetChecks = [...writes, ...reads, ...takes, ...encodings];

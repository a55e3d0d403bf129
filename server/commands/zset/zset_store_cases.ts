/** Comparison cases of the commands that combine sorted sets or store a range of one. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const zsetStoreChecks = family("sorted sets, combining", {
  "ZUNION, ZINTER, ZDIFF": s`
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    ZUNION 2 a b
    ZUNION 2 a b WITHSCORES
    ZINTER 2 a b WITHSCORES
    ZDIFF 2 a b WITHSCORES
    ZDIFF 2 b a
    ZDIFF 1 a WITHSCORES
    ZDIFF 3 a missing b
    ZDIFF 2 missing a
    ZDIFF 2 a a
    ZUNION 1 missing
    ZINTER 2 a missing
    ZUNION 3 a a a WITHSCORES
    ZINTER 3 a b a WITHSCORES
    ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES
    ZUNION 2 a b WEIGHTS -1 1 AGGREGATE MIN WITHSCORES
    ZUNION 2 a b AGGREGATE MAX WITHSCORES
    ZINTER 2 a b AGGREGATE MIN WEIGHTS 1 0.01 WITHSCORES
    ZINTER 2 a b withscores aggregate sum
    ZUNION 2 a b AGGREGATE MAX AGGREGATE MIN WITHSCORES
  `,
  "ZUNION and its like: errors": s`
    ZADD a 1 x
    SET str v
    ZUNION
    ZUNION 1
    ZUNION 0 a
    ZUNION -1 a
    ZUNION x a
    ZUNION 2 a
    ZUNION 9223372036854775807 a
    ZUNION 99999999999999999999 a
    ZUNION 1 a BOGUS
    ZUNION 1 a WEIGHTS
    ZUNION 1 a WEIGHTS x
    ZUNION 1 a WEIGHTS nan
    ZUNION 1 a WEIGHTS x BOGUS
    ZUNION 1 a WEIGHTS 1 2
    ZUNION 1 a AGGREGATE
    ZUNION 1 a AGGREGATE BOGUS
    ZUNION 1 str
    ZUNION 2 a str WITHSCORES
    ZUNION 1 str BOGUS
    ZUNION 1 str WEIGHTS x
    ZINTER 0 a
    ZDIFF 0 a
    ZDIFF 1 a WEIGHTS 1
    ZDIFF 1 a AGGREGATE SUM
    ZUNIONSTORE
    ZUNIONSTORE d 0 a
    ZUNIONSTORE d x a
    ZUNIONSTORE d 1 a WITHSCORES
    ZUNIONSTORE d 1 str
    ZINTERSTORE d 0 a
    ZINTERSTORE d 1 a LIMIT 1
    ZDIFFSTORE d 0 a
    ZDIFFSTORE d 1 a WEIGHTS 1
    ZINTERCARD
    ZINTERCARD 0 a
    ZINTERCARD 1 a LIMIT
    ZINTERCARD 1 a LIMIT -1
    ZINTERCARD 1 a LIMIT x
    ZINTERCARD 1 a WITHSCORES
    ZINTERCARD 2 a
    ZINTERCARD 1 str
    ZINTERCARD 1 str LIMIT -1
    EXISTS d
  `,
  "stores, over anything": s`
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SET d v EX 100
    ZUNIONSTORE d 2 a b
    TTL d
    ZRANGE d 0 -1 WITHSCORES
    ZINTERSTORE d 2 a b WEIGHTS 1 2
    ZRANGE d 0 -1 WITHSCORES
    ZDIFFSTORE d 2 a b
    ZRANGE d 0 -1 WITHSCORES
    ZDIFFSTORE d 2 a a
    EXISTS d
    ZINTERSTORE d 2 a missing
    EXISTS d
    SET d v
    ZINTERSTORE d 2 a missing
    EXISTS d
    ZUNIONSTORE a 2 a b
    ZRANGE a 0 -1 WITHSCORES
    ZDIFFSTORE a 2 a b
    ZRANGE a 0 -1 WITHSCORES
    ZINTERSTORE b 3 b b b AGGREGATE MAX
    ZRANGE b 0 -1 WITHSCORES
    ZUNIONSTORE b 1 missing
    EXISTS b
  `,
  "sets take part": s`
    SADD ints 1 2 3
    SADD words x y 2
    ZADD a 1 x 2 y 3 2
    ZUNION 2 a words WITHSCORES
    ZUNION 3 ints words a WEIGHTS 2 3 4 WITHSCORES
    ZINTER 2 words a WITHSCORES
    ZINTER 3 ints words a WITHSCORES
    ZDIFF 2 words a WITHSCORES
    ZDIFF 2 a ints WITHSCORES
    ZUNIONSTORE d 1 ints
    ZRANGE d 0 -1 WITHSCORES
    ZINTERCARD 2 ints words
    ZINTERCARD 2 a words LIMIT 1
    ZINTERCARD 2 a words LIMIT 0
    ZINTERCARD 3 a words missing
    ZUNIONSTORE ints 2 ints words AGGREGATE MIN
    TYPE ints
    ZRANGE words 0 -1
  `,
  "infinities and what is no number": s`
    ZADD a inf x -inf y 0 z
    ZADD b -inf x inf y inf z
    ZUNION 2 a b WITHSCORES
    ZINTER 2 a b WITHSCORES
    ZINTER 2 a b AGGREGATE MIN WITHSCORES
    ZINTER 2 a b AGGREGATE MAX WITHSCORES
    ZUNION 2 a b WEIGHTS 0 1 WITHSCORES
    ZINTER 2 a b WEIGHTS 1 0 WITHSCORES
    ZINTER 2 a b WEIGHTS 0 0 AGGREGATE MIN WITHSCORES
    ZINTER 2 a b WEIGHTS inf -inf WITHSCORES
    ZUNION 1 a WEIGHTS inf WITHSCORES
    ZUNION 1 a WEIGHTS -0 WITHSCORES
    ZADD c 1e308 big
    ZUNION 3 c c c WITHSCORES
    ZUNION 1 c WEIGHTS 1e308 WITHSCORES
  `,
  "sums are added from the smallest set on": s`
    ZADD a 0.1 x 0 p 0 q
    ZADD b 0.2 x 0 p
    ZADD c 0.3 x
    ZUNION 3 a b c WITHSCORES
    ZUNION 3 c b a WITHSCORES
    ZINTER 3 a b c WITHSCORES
    ZADD d 1e17 x
    ZADD e 1 x
    ZADD f -1e17 x
    ZUNION 3 d e f WITHSCORES
    ZUNION 3 d f e WITHSCORES
    ZINTER 3 d e f WITHSCORES
    ZINTER 3 d f e WITHSCORES
  `,
  "ZRANGESTORE": s`
    ZADD k 1 a 2 b 3 c 4 d
    ZRANGESTORE
    ZRANGESTORE d k 0
    ZRANGESTORE d k 1 2
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d k 0 0 REV
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d k (1 3 BYSCORE
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d k 3 1 BYSCORE REV LIMIT 1 1
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d k 3 1 BYSCORE LIMIT 1 1
    EXISTS d
    SET d v EX 100
    ZRANGESTORE d k 0 -1
    TTL d
    ZRANGESTORE d missing 0 -1
    EXISTS d
    ZRANGESTORE k k 1 2
    ZRANGE k 0 -1 WITHSCORES
    ZADD l 0 a 0 b 0 c
    ZRANGESTORE d l [b + BYLEX
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d l + - BYLEX REV LIMIT 0 1
    ZRANGE d 0 -1 WITHSCORES
    ZRANGESTORE d l 0 -1 WITHSCORES
    ZRANGESTORE d l 0 -1 LIMIT 0 1
    ZRANGESTORE d l x 1
    ZRANGESTORE d l x 1 BYSCORE
    ZRANGESTORE d l x 1 BYLEX
    SET str v
    ZRANGESTORE d str 0 -1
    ZRANGESTORE str l 0 -1
    TYPE str
  `,
});

/**
 * Comparison cases of the set commands.
 *
 * The oracle is older than what Etna says to be: it keeps a small set of strings in a hash table where
 * Redis 7.2 has a listpack. Where a set is such a one, OBJECT ENCODING is compared by type only
 * (`~type`); core-as/host/set_test.ts says what it must be. Nothing orders the members of a hash table,
 * so they are compared as a set, and SSCAN asks for all at once.
 */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

function range(from: number, to: number, prefix = ""): string {
  return Array.from({ length: to - from + 1 }, (_, i) => prefix + (from + i)).join(" ");
}

const members = family("sets", {
  "SADD: new, known, repeated, arity": s`
    SADD
    SADD k
    SADD k a
    SADD k a
    SADD k a b c b a
    SADD k "" "\x00" "\xff\r\n" ${"x".repeat(300)}
    ~unordered SMEMBERS k
    SCARD k
    TYPE k
    SET str x
    SADD str a
    SADD str
    SADD e ""
    SMEMBERS e
  `,
  "SADD: spellings of integers are different members": s`
    SADD k 1 01 +1 1.0 " 1" "1 " -0 0 00 -1 ${MAX} ${MIN} 9223372036854775808
    SCARD k
    ~unordered SMEMBERS k
    SMISMEMBER k 1 01 +1 1.0 " 1" -0 0 ${MAX} ${MIN} 9223372036854775808 2
    SREM k 01 -0 ${MIN}
    ~unordered SMEMBERS k
  `,
  "SREM: known, unknown, the last, arity": s`
    SREM
    SREM k
    SREM k a
    SADD k a b c 1 2
    SREM k x
    SREM k a x a b
    ~unordered SMEMBERS k
    SREM k 1 2 c d
    EXISTS k
    TYPE k
    SADD n 1 2 3
    SREM n a 4 ""
    SREM n 1 1 2
    SMEMBERS n
    SREM n 3
    EXISTS n
    SET str x
    SREM str a
  `,
  "SISMEMBER and SMISMEMBER: hits, misses, errors": s`
    SISMEMBER
    SISMEMBER k
    SISMEMBER k a b
    SMISMEMBER k
    SISMEMBER k a
    SMISMEMBER k a b
    SADD k a 1 "" ${"y".repeat(100)}
    SISMEMBER k a
    SISMEMBER k A
    SISMEMBER k ""
    SISMEMBER k 1
    SISMEMBER k ${"y".repeat(100)}
    SISMEMBER k ${"y".repeat(99)}
    SMISMEMBER k a a b 1 2 ""
    SADD n 1 -5 70000 ${MAX}
    SMISMEMBER n 1 -5 70000 ${MAX} ${MIN} a "" 01 9223372036854775808
    SET str x
    SISMEMBER str a
    SMISMEMBER str a
  `,
  "SMEMBERS and SCARD: missing, wrong type, order of integers": s`
    SMEMBERS
    SMEMBERS a b
    SCARD
    SCARD a b
    SMEMBERS k
    SCARD k
    SADD k 5 -3 100000 2 5000000000 -3
    SMEMBERS k
    SCARD k
    SET str x
    SMEMBERS str
    SCARD str
  `,
  "SMOVE: from, to, same, errors": s`
    SMOVE
    SMOVE a b
    SMOVE a b c d
    SMOVE a b x
    SADD a x y z
    SMOVE a b x
    ~unordered SMEMBERS a
    SMEMBERS b
    SMOVE a b missing
    SADD b y
    SMOVE a b y
    SMEMBERS a
    SMOVE a b z
    EXISTS a
    ~unordered SMEMBERS b
    SMOVE b b y
    SMOVE b b missing
    ~unordered SMEMBERS b
    SADD n 1 2
    SMOVE n m 1
    OBJECT ENCODING m
    SMOVE b n x
    ~unordered SMEMBERS n
    SMOVE m b 1
    ~unordered SMEMBERS b
    SET str v
    SMOVE str b a
    SMOVE b str y
    SMOVE b str missing
    SMOVE missing str y
    SMOVE str missing y
    SMOVE str str y
  `,
  "SADD: expired and expiring keys": s`
    SADD k a
    EXPIRE k 1000
    SADD k b
    ~near:2 TTL k
    SREM k a
    ~near:2 TTL k
    SMOVE k l b
    TTL l
    SADD gone a
    PEXPIREAT gone 1
    SADD gone b
    SMEMBERS gone
  `,
});

const encodings = family("sets", {
  "OBJECT ENCODING: of integers": s`
    SADD a 1
    OBJECT ENCODING a
    SADD a 100000 ${MAX} ${MIN}
    OBJECT ENCODING a
    SADD b ${range(1, 512)}
    OBJECT ENCODING b
    SADD b 512
    OBJECT ENCODING b
    SADD b 513
    OBJECT ENCODING b
    SREM b ${range(100, 513)}
    OBJECT ENCODING b
    SADD c ${range(1, 600)}
    OBJECT ENCODING c
    SCARD c
    COPY b d
    OBJECT ENCODING d
    SCARD d
  `,
  "OBJECT ENCODING: of strings, small and large": s`
    SADD a x
    ~type OBJECT ENCODING a
    SADD b 1 2 3
    SADD b x
    ~type OBJECT ENCODING b
    SADD c ${range(1, 128, "m")}
    ~type OBJECT ENCODING c
    SADD c m128
    ~type OBJECT ENCODING c
    SADD c m129
    OBJECT ENCODING c
    SADD d ${"x".repeat(64)}
    ~type OBJECT ENCODING d
    SADD d ${"x".repeat(65)}
    OBJECT ENCODING d
    SADD e ${range(1, 200)}
    SADD e x
    OBJECT ENCODING e
    SCARD e
    SADD f ${range(1, 10)}
    SADD f ${"x".repeat(65)}
    OBJECT ENCODING f
    ~unordered SMEMBERS f
  `,
  "OBJECT ENCODING: limits of the configuration": s`
    CONFIG SET set-max-intset-entries 4
    SADD a 1 2 3 4
    OBJECT ENCODING a
    SADD a 5
    OBJECT ENCODING a
    CONFIG SET set-max-intset-entries 0
    SADD b 1
    ~type OBJECT ENCODING b
    SMEMBERS b
    CONFIG SET set-max-intset-entries 1000
    SADD c ${range(1, 900)}
    OBJECT ENCODING c
    CONFIG SET set-max-intset-entries 10
    SADD c 5
    OBJECT ENCODING c
    SADD c 901
    OBJECT ENCODING c
    SCARD c
  `,
  "OBJECT ENCODING: after the set operations": s`
    SADD a ${range(1, 600)}
    SADD b ${range(500, 700)}
    SADD c ${range(650, 655)} x y z
    SINTERSTORE d a b
    OBJECT ENCODING d
    SCARD d
    SUNIONSTORE d a b
    OBJECT ENCODING d
    SDIFFSTORE d a b
    OBJECT ENCODING d
    SDIFFSTORE d b a
    OBJECT ENCODING d
    SMEMBERS d
    SINTERSTORE d b c
    OBJECT ENCODING d
    SUNIONSTORE d b c
    OBJECT ENCODING d
    SUNIONSTORE d c
    ~type OBJECT ENCODING d
    SADD s1 1
    SADD s2 2
    SADD s3 3
    SADD s4 4
    SDIFFSTORE d a s1
    OBJECT ENCODING d
    SDIFFSTORE d b s1 s2 s3 s4
    OBJECT ENCODING d
    SDIFFSTORE d a b s1 s2 s3 s4
    OBJECT ENCODING d
    SCARD d
    SADD e ${range(1, 400)} x
    SINTERSTORE d e a
    OBJECT ENCODING d
    SUNIONSTORE d a
    OBJECT ENCODING d
    SINTERSTORE d a a
    OBJECT ENCODING d
    SREM a ${range(1, 590)}
    SUNIONSTORE d a
    OBJECT ENCODING d
    SINTERSTORE d a
    OBJECT ENCODING d
    SDIFFSTORE d a
    OBJECT ENCODING d
  `,
});

const random = family("sets", {
  "SPOP: one, arity and errors": s`
    SPOP
    SPOP k
    SPOP k 1 2
    SPOP k 0
    SPOP k 5
    SPOP k -1
    SPOP k abc
    SPOP k 1.5
    SPOP k ""
    SPOP k ${MAX}
    SPOP k 9223372036854775808
    SADD k a
    SPOP k
    EXISTS k
    SADD k a
    SPOP k 0
    SCARD k
    SPOP k 1
    EXISTS k
    SET str x
    SPOP str
    SPOP str 1
    SPOP str 0
    SPOP str -1
  `,
  "SPOP: all of it": s`
    SADD k 1 2 3
    SPOP k 3
    EXISTS k
    SADD k 1 2 3
    SPOP k 100
    EXISTS k
    SADD k a b c 1
    ~unordered SPOP k ${MAX}
    SADD k ${range(1, 700)}
    ~unordered SPOP k 700
    EXISTS k
    SADD k ${range(1, 300, "m")}
    ~unordered SPOP k 1000
    EXISTS k
  `,
  "SPOP: part of it": s`
    SADD n ${range(1, 100)}
    ~shape SPOP n 30
    SCARD n
    ~shape SPOP n 60
    SCARD n
    OBJECT ENCODING n
    SADD l ${range(1, 100, "m")}
    ~shape SPOP l 30
    SCARD l
    ~shape SPOP l 65
    SCARD l
    SADD t ${range(1, 2000, "m")}
    ~shape SPOP t 300
    SCARD t
    OBJECT ENCODING t
    ~shape SPOP t 1500
    SCARD t
    OBJECT ENCODING t
    ~shape SPOP t 190
    SCARD t
    ~type OBJECT ENCODING t
    ~type SPOP t
    SCARD t
    SADD h ${range(1, 1000)}
    ~shape SPOP h 995
    SCARD h
    ~type OBJECT ENCODING h
    SADD w ${range(1, 100, "w".repeat(70))}
    ~shape SPOP w 95
    SCARD w
    OBJECT ENCODING w
  `,
  "SRANDMEMBER: arity, errors and edges": s`
    SRANDMEMBER
    SRANDMEMBER k
    SRANDMEMBER k 1 2
    SRANDMEMBER k 5
    SRANDMEMBER k -5
    SRANDMEMBER k 0
    SRANDMEMBER k abc
    SRANDMEMBER k ${MAX}
    SRANDMEMBER k ${MIN}
    SRANDMEMBER k -9223372036854775807
    SRANDMEMBER k 9223372036854775808
    SADD k a
    SRANDMEMBER k
    SRANDMEMBER k 0
    SRANDMEMBER k 1
    SRANDMEMBER k 5
    SRANDMEMBER k ${MAX}
    SRANDMEMBER k -4
    SRANDMEMBER k ${MIN}
    SRANDMEMBER k -0
    SET str x
    SRANDMEMBER str
    SRANDMEMBER str 1
    SRANDMEMBER str -1
    SRANDMEMBER str 0
    SRANDMEMBER str abc
  `,
  "SRANDMEMBER: counts over all encodings": s`
    SADD n ${range(1, 20)}
    ~shape SRANDMEMBER n 3
    ~shape SRANDMEMBER n 19
    ~unordered SRANDMEMBER n 20
    ~shape SRANDMEMBER n -50
    SADD l ${range(1, 20, "m")}
    ~shape SRANDMEMBER l 3
    ~shape SRANDMEMBER l 19
    ~unordered SRANDMEMBER l 25
    ~shape SRANDMEMBER l -50
    SADD t ${range(1, 2000, "m")}
    ~shape SRANDMEMBER t 3
    ~shape SRANDMEMBER t 600
    ~shape SRANDMEMBER t 1999
    ~unordered SRANDMEMBER t 2000
    ~shape SRANDMEMBER t -5000
    SCARD n
    SCARD l
    SCARD t
  `,
});

const operations = family("sets", {
  "SINTER: sets of every kind": s`
    SINTER
    SINTER k
    SADD a 1 2 3 4 x
    SADD b 2 3 4 5
    SADD c 3 4 x y
    SADD t ${range(1, 300, "m")} 3 x
    ~unordered SINTER a
    SINTER b b
    SINTER a b
    SINTER b a
    ~unordered SINTER a c
    ~unordered SINTER a c t
    ~unordered SINTER t a
    SINTER a b c t
    SINTER t b t
    SINTER a missing
    SINTER missing a
    SADD i ${range(1, 100)}
    SADD j ${range(50, 400)}
    ~unordered SINTER i j
    ~unordered SINTER j i b
    SADD u ${range(1, 900, "m")}
    ~unordered SINTER t u
    ~unordered SINTER u t
    SET str x
    SINTER a str
    SINTER str a
    SINTER missing str
    SINTER str missing
  `,
  "SUNION: sets of every kind": s`
    SUNION
    SUNION k
    SUNION k l m n o p
    SADD a 1 2 3 x
    SADD b 2 3 5
    SADD c 3 x y ""
    SADD t ${range(1, 300, "m")} 3 x
    SMEMBERS b
    ~unordered SUNION a
    ~unordered SUNION a a
    ~unordered SUNION a b
    ~unordered SUNION b a c
    ~unordered SUNION a missing c
    ~unordered SUNION t b
    ~unordered SUNION b t
    ~unordered SUNION a b c t
    ~unordered SUNION a b c t a missing
    ~unordered SUNION missing a missing b c t b missing
    SADD i ${range(1, 100)}
    SADD j ${range(50, 400)}
    ~unordered SUNION i j
    ~unordered SUNION i j a
    SADD d ${range(1, 9, "d")}
    SADD e ${range(5, 12, "d")}
    ~unordered SUNION a b c d e
    ~unordered SUNION e d c b a t
    SET str x
    SUNION a str
    SUNION str a
    SUNION missing str
  `,
  "SDIFF: sets of every kind": s`
    SDIFF
    SDIFF k
    SADD a 1 2 3 4 x z
    SADD b 2 3 5
    SADD c 3 x y
    SADD t ${range(1, 300, "m")} 3 x
    SADD u ${range(100, 800, "m")}
    ~unordered SDIFF a
    SDIFF a a
    SDIFF a b a
    ~unordered SDIFF a b
    SDIFF b a
    ~unordered SDIFF a b c
    ~unordered SDIFF a missing c
    SDIFF missing a
    ~unordered SDIFF t a
    ~unordered SDIFF t a c b
    ~unordered SDIFF t u
    ~unordered SDIFF u t
    ~unordered SDIFF t u a
    SDIFF t t
    ~unordered SDIFF b t
    ~unordered SDIFF c u
    SADD i ${range(1, 100)}
    SADD j ${range(50, 400)}
    ~unordered SDIFF i j
    ~unordered SDIFF j i
    ~unordered SMEMBERS t
    SCARD u
    SET str x
    SDIFF a str
    SDIFF str a
    SDIFF missing str
  `,
  "SINTERSTORE: results, targets, errors": s`
    SINTERSTORE
    SINTERSTORE d
    SINTERSTORE d k
    SADD a 1 2 3 x
    SADD b 2 3 x 5
    SINTERSTORE d a b
    ~unordered SMEMBERS d
    SINTERSTORE a a b
    ~unordered SMEMBERS a
    SINTERSTORE d a missing
    EXISTS d
    SINTERSTORE d a missing
    SET str x EX 1000
    SINTERSTORE str a b
    TTL str
    TYPE str
    SET str x
    SINTERSTORE d a str
    SINTERSTORE d str a
    SINTERSTORE d missing str
    EXISTS d
    SINTERSTORE str missing
    EXISTS str
  `,
  "SUNIONSTORE: results, targets, errors": s`
    SUNIONSTORE
    SUNIONSTORE d
    SUNIONSTORE d k
    SADD a 1 2 3 x
    SADD b 2 3 x 5
    SADD t ${range(1, 300, "m")}
    SADD u ${range(200, 1000, "m")}
    SUNIONSTORE d a b
    ~unordered SMEMBERS d
    SUNIONSTORE a a b t
    ~unordered SMEMBERS a
    SUNIONSTORE d t u
    ~unordered SMEMBERS d
    SUNIONSTORE u u t b
    ~unordered SMEMBERS u
    SCARD t
    SUNIONSTORE d t t t
    ~unordered SMEMBERS d
    SREM d m1 m2
    SCARD t
    SUNIONSTORE d missing missing
    EXISTS d
    SUNIONSTORE d missing
    EXPIRE t 1000
    SUNIONSTORE t b missing
    TTL t
    SET str x
    SUNIONSTORE str a str
    SUNIONSTORE str a
    TYPE str
  `,
  "SDIFFSTORE: results, targets, errors": s`
    SDIFFSTORE
    SDIFFSTORE d
    SDIFFSTORE d k
    SADD a 1 2 3 x
    SADD b 2 3 y 5
    SADD t ${range(1, 300, "m")}
    SADD u ${range(200, 1000, "m")}
    SDIFFSTORE d a b
    ~unordered SMEMBERS d
    SDIFFSTORE d t u
    ~unordered SMEMBERS d
    SDIFFSTORE u u t
    ~unordered SMEMBERS u
    SCARD t
    SDIFFSTORE a a a
    EXISTS a
    SDIFFSTORE a a a
    SET str x
    SDIFFSTORE d b str
    SDIFFSTORE str b
    ~unordered SMEMBERS str
  `,
  "SINTERCARD: counts, limits, errors": s`
    SINTERCARD
    SINTERCARD 1
    SADD a 1 2 3 x
    SADD b 2 3 x 5
    SADD t ${range(1, 300, "m")}
    SADD u ${range(200, 1000, "m")}
    SINTERCARD 1 a
    SINTERCARD 2 a b
    SINTERCARD 2 t u
    SINTERCARD 2 t u LIMIT 0
    SINTERCARD 2 t u LIMIT 5
    SINTERCARD 2 t u LIMIT 40
    SINTERCARD 2 t u limit 1000
    SINTERCARD 2 t u LIMIT ${MAX}
    SINTERCARD 2 t u LIMIT 9223372036854775808
    SINTERCARD 2 t u LIMIT 3 LIMIT 7
    SINTERCARD 2 t missing LIMIT 3
    SINTERCARD 2 t u LIMIT -1
    SINTERCARD 2 t u LIMIT a
    SINTERCARD 2 t u LIMIT
    SINTERCARD 2 t u x
    SINTERCARD 2 t u x 1
    SINTERCARD 1 t u
    SINTERCARD 0 t
    SINTERCARD -1 t
    SINTERCARD a t
    SINTERCARD 3 t u
    SINTERCARD ${MAX} t
    SINTERCARD 9223372036854775808 t
    SINTERCARD 2 a LIMIT 1
    SET str x
    SINTERCARD 2 a str
    SINTERCARD 2 missing str
    SINTERCARD 2 a str LIMIT -1
  `,
});

const scans = family("sets", {
  "SSCAN: options and errors": s`
    SSCAN
    SSCAN k
    SSCAN k 0
    SSCAN k abc
    SSCAN k 0 COUNT 0
    SSCAN k 0 bogus 1
    SADD k 1 2 3 10 11
    SSCAN k 0
    SSCAN k 7
    SSCAN k 0 COUNT 1
    SSCAN k 0 COUNT 0
    SSCAN k 0 COUNT -1
    SSCAN k 0 COUNT abc
    SSCAN k 0 COUNT
    SSCAN k 0 COUNT ${MAX}
    SSCAN k 0 COUNT 9223372036854775808
    SSCAN k 0 MATCH
    SSCAN k 0 MATCH 1*
    SSCAN k 0 MATCH 1* MATCH 2
    SSCAN k 0 MATCH x
    SSCAN k 0 TYPE set
    SSCAN k 0 count 5 match ?
    SSCAN k abc
    SSCAN k ""
    SSCAN k " 0"
    SSCAN k -1
    SSCAN k 18446744073709551615
    SSCAN k 18446744073709551616
    SET str x
    SSCAN str 0
    SSCAN str abc
    SSCAN str 0 COUNT 0
  `,
  "SSCAN: strings and tables": s`
    SADD l a b c 1 ""
    ~unordered SSCAN l 0 COUNT 1000
    ~unordered SSCAN l 0 COUNT 1000 MATCH *
    ~unordered SSCAN l 0 COUNT 1000 MATCH **
    ~unordered SSCAN l 0 COUNT 1000 MATCH [ab]
    ~unordered SSCAN l 0 COUNT 1000 MATCH ""
    SADD t ${range(1, 500, "m")} ""
    ~unordered SSCAN t 0 COUNT 100000
    ~unordered SSCAN t 0 COUNT 100000 MATCH *
    ~unordered SSCAN t 0 COUNT 100000 MATCH m1?
    ~unordered SSCAN t 0 COUNT ${MAX} MATCH *99
  `,
});

const events = family("sets", {
  "SADD: events and statistics": s`
    CONFIG SET notify-keyspace-events KEA
    CONFIG RESETSTAT
    SADD k a b
    SADD k a
    SISMEMBER k a
    SISMEMBER missing a
    SMISMEMBER missing a
    SCARD k
    SMEMBERS missing
    ~type SRANDMEMBER k
    SRANDMEMBER missing 3
    SPOP missing
    ~unordered SPOP k 5
    SADD k a b
    SINTER k missing k
    SUNIONSTORE d k missing
    SMOVE k d a
    SSCAN k 0
    SSCAN missing 0
    ~lines:^(?!keyspace_(hits|misses)).*$ INFO stats
  `,
});

/** The checks of this file. */
export const setsChecks = [...members, ...encodings, ...random, ...operations, ...scans, ...events];

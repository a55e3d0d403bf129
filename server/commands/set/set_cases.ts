/** Comparison cases of SET, of LCS, and of the encodings that string writes leave behind. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

const set = family("strings", {
  "SET: plain and arity": s`
    SET
    SET k
    SET k v
    SET k w
    GET k
    SET k v
    SET "" ""
    GET ""
    set K lower
    GET K
    GET k
  `,
  "SET: NX and XX": s`
    SET k v XX
    EXISTS k
    SET k v NX
    SET k w NX
    GET k
    SET k w XX
    GET k
    SET k w NX XX
    SET k w XX NX
    SET k w nx
    SET k x xx
    SET k w NX NX
    SET k2 w NX NX
    SET k y XX XX
    GET k
  `,
  "SET: GET": s`
    SET k v GET
    SET k w GET
    SET k x GET GET
    SET k y NX GET
    GET k
    SET k y GET NX
    SET k z XX GET
    GET k
    SET missing z XX GET
    EXISTS missing
    SET fresh v NX GET
    GET fresh
    SET k v GET EX 1000
    ~near:1 TTL k
    SET k v EX 2000 GET
    SET k 12 get
    SET k "" GET
    SET k "" GET
  `,
  "SET: expiry options": s`
    SET k v EX 1000
    ~near:1 TTL k
    SET k v
    TTL k
    SET k v PX 1000000
    ~near:1000 PTTL k
    SET k v EXAT {now+3000}
    EXPIRETIME k
    PEXPIRETIME k
    SET k v PXAT {nowms+3000123}
    PEXPIRETIME k
    SET k w KEEPTTL
    PEXPIRETIME k
    GET k
    SET k w XX KEEPTTL
    PEXPIRETIME k
    SET k w KEEPTTL GET
    PEXPIRETIME k
    SET fresh v KEEPTTL
    TTL fresh
    SET k v ex 1000 nx
    SET k v px 1000000 xx
    SET n v nx Ex 1000
    ~near:1 TTL n
  `,
  "SET: expiry in the past": s`
    SET k v EXAT 1
    GET k
    EXISTS k
    TTL k
    SET k v PXAT 1
    GET k
    SET k v
    SET k w EXAT 1 GET
    GET k
    SET k v NX
    SET k w PXAT 1 XX
    EXISTS k
    SET k v NX EXAT 1
    SET k w NX
    GET k
  `,
  "SET: expiry out of range": s`
    SET k v EX 0
    SET k v EX -1
    SET k v EX abc
    SET k v EX 1.5
    SET k v EX ""
    SET k v EX " 1"
    SET k v EX ${MAX}
    SET k v EX ${MIN}
    SET k v EX 9223372036854775
    SET k v EX 9223372036854776
    SET k v EX 9223372036854775808
    SET k v EX 99999999999999999999
    SET k v PX 0
    SET k v PX -1
    SET k v PX ${MAX}
    SET k v PX 9223372036854775808
    SET k v EXAT 0
    SET k v EXAT -1
    SET k v EXAT ${MAX}
    SET k v EXAT 9223372036854775
    ~near:1 TTL k
    SET k v EXAT 9223372036854776
    SET k v PXAT 0
    SET k v PXAT -1
    SET k v PXAT abc
    SET k v PXAT 9223372036854775808
    SET far v PXAT ${MAX}
    PEXPIRETIME far
    EXPIRETIME far
    SET far v EX 9223370000000000
    EXISTS far
  `,
  "SET: option conflicts and syntax": s`
    SET k v EX
    SET k v PX
    SET k v EXAT
    SET k v PXAT
    SET k v EX 10 PX 10
    SET k v EX 10 EX 20
    SET k v PX 10 EX 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL EX 10
    SET k v KEEPTTL KEEPTTL
    SET k v EXAT 100 PXAT 100
    SET k v EXAT 100 EX 100
    SET k v PXAT 100 KEEPTTL
    SET k v bogus
    SET k v ""
    SET k v EX 10 bogus
    SET k v 10
    SET k v PERSIST
    SET k v NX EX
    SET k v EX NX
    SET k v NX XX GET
    SET k v EX abc bogus
    SET k v EX abc XX NX
    SET k v GET bogus
    SET k v EX 0 NX
    SET k v EX 0 GET
    SET a b c d e f
    EXISTS k a
  `,
});

const encodings = family("strings", {
  "OBJECT ENCODING: after SET": s`
    SET k 1
    OBJECT ENCODING k
    SET k 0
    OBJECT ENCODING k
    SET k -1
    OBJECT ENCODING k
    SET k 9999
    OBJECT ENCODING k
    SET k 10000
    OBJECT ENCODING k
    SET k ${MAX}
    OBJECT ENCODING k
    SET k ${MIN}
    OBJECT ENCODING k
    SET k 9223372036854775808
    OBJECT ENCODING k
    SET k 01
    OBJECT ENCODING k
    SET k -0
    OBJECT ENCODING k
    SET k +1
    OBJECT ENCODING k
    SET k " 1"
    OBJECT ENCODING k
    SET k 1.5
    OBJECT ENCODING k
    SET k ""
    OBJECT ENCODING k
    SET k abc
    OBJECT ENCODING k
    SET k ${"x".repeat(44)}
    OBJECT ENCODING k
    SET k ${"x".repeat(45)}
    OBJECT ENCODING k
    SET k ${"1".repeat(19)}
    OBJECT ENCODING k
    SET k ${"1".repeat(20)}
    OBJECT ENCODING k
    SET k ${"1".repeat(21)}
    OBJECT ENCODING k
  `,
  "OBJECT ENCODING: after other writes": s`
    SETNX a 12
    OBJECT ENCODING a
    SETEX b 1000 12
    OBJECT ENCODING b
    PSETEX c 1000000 abc
    OBJECT ENCODING c
    MSET d 12 e abc f ${"x".repeat(45)}
    OBJECT ENCODING d
    OBJECT ENCODING e
    OBJECT ENCODING f
    MSETNX g 12 h abc
    OBJECT ENCODING g
    GETSET g abc
    OBJECT ENCODING g
    GETSET g 77
    OBJECT ENCODING g
    APPEND i 12
    OBJECT ENCODING i
    APPEND i 3
    OBJECT ENCODING i
    APPEND j abc
    OBJECT ENCODING j
    APPEND e def
    OBJECT ENCODING e
    SETRANGE k 0 12
    OBJECT ENCODING k
    SETRANGE l 3 abc
    OBJECT ENCODING l
    SET m abc
    SETRANGE m 0 x
    OBJECT ENCODING m
    INCR n
    OBJECT ENCODING n
    INCRBYFLOAT n 1
    OBJECT ENCODING n
    INCRBYFLOAT n 0.5
    OBJECT ENCODING n
    INCRBYFLOAT n 0.5
    OBJECT ENCODING n
    SET o 12
    DECRBY o 2
    OBJECT ENCODING o
    SETRANGE o 0 ""
    OBJECT ENCODING o
    APPEND o ""
    OBJECT ENCODING o
  `,
  "OBJECT ENCODING: kept by COPY, RENAME, MOVE, reads": s`
    SET a 12
    COPY a b
    OBJECT ENCODING b
    RENAME b c
    OBJECT ENCODING c
    SET r abc
    APPEND r def
    OBJECT ENCODING r
    COPY r r2
    OBJECT ENCODING r2
    GET r
    STRLEN r
    GETRANGE r 0 1
    OBJECT ENCODING r
    MOVE r 1
    SELECT 1
    OBJECT ENCODING r
    SET n 5
    STRLEN n
    GETRANGE n 0 -1
    LCS n n
    OBJECT ENCODING n
    GETEX n EX 100
    OBJECT ENCODING n
    PERSIST n
    OBJECT ENCODING n
  `,
  "SET: of 10000 shared integers and their reference count": s`
    SET a 5
    OBJECT REFCOUNT a
    SET a 9999
    OBJECT REFCOUNT a
    SET a 10000
    OBJECT REFCOUNT a
    SET a -1
    OBJECT REFCOUNT a
    SET a abc
    OBJECT REFCOUNT a
    INCR n
    OBJECT REFCOUNT n
  `,
});

const lcs = family("strings", {
  "LCS: plain": s`
    LCS
    LCS a
    LCS a b
    MSET a ohmytext b mynewtext
    LCS a b
    LCS b a
    LCS a a
    LCS a missing
    LCS missing a
    LCS missing missing
    MSET e "" x abc y xyz
    LCS e e
    LCS e a
    LCS x y
    MSET n 12345 m 245
    LCS n m
    MSET p "\x00\xff\x01" q "\xff\x00\x01"
    LCS p q
    MSET r abcabcabc t bcabca
    LCS r t
    LCS t r
  `,
  "LCS: LEN": s`
    MSET a ohmytext b mynewtext
    LCS a b LEN
    LCS a b len
    LCS a a LEN
    LCS a missing LEN
    LCS missing missing LEN
    LCS a b LEN LEN
    LCS a b LEN MINMATCHLEN 4
    LCS a b LEN WITHMATCHLEN
  `,
  "LCS: IDX": s`
    MSET a ohmytext b mynewtext
    LCS a b IDX
    LCS b a IDX
    LCS a a IDX
    LCS a missing IDX
    LCS missing missing IDX
    LCS a b IDX WITHMATCHLEN
    LCS a b idx withmatchlen
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b WITHMATCHLEN MINMATCHLEN 4 IDX
    LCS a b IDX MINMATCHLEN 100
    LCS a b IDX MINMATCHLEN 0
    LCS a b IDX MINMATCHLEN -1
    LCS a b IDX MINMATCHLEN ${MAX}
    LCS a b IDX MINMATCHLEN 2 MINMATCHLEN 4
    MSET r rnddoobarfoo t bxoobarfox
    LCS r t IDX
    LCS r t IDX WITHMATCHLEN
    LCS r t IDX MINMATCHLEN 2
    MSET u aaaaaa v aaa
    LCS u v IDX WITHMATCHLEN
    LCS v u IDX WITHMATCHLEN
  `,
  "LCS: of longer texts": s`
    SET a "the quick brown fox jumps over the lazy dog, then sleeps in the warm sun all day"
    SET b "a lazy cat sleeps in the sun while the quick dog jumps over a brown fence today"
    LCS a b
    LCS a b LEN
    LCS a b IDX
    LCS a b IDX MINMATCHLEN 3 WITHMATCHLEN
    LCS b a IDX WITHMATCHLEN
  `,
  "LCS: errors": s`
    MSET a ohmytext b mynewtext
    LCS a b bogus
    LCS a b LEN IDX
    LCS a b IDX LEN
    LCS a b MINMATCHLEN
    LCS a b IDX MINMATCHLEN
    LCS a b IDX MINMATCHLEN abc
    LCS a b IDX MINMATCHLEN 1.5
    LCS a b MINMATCHLEN abc
    LCS a b MINMATCHLEN 2
    LCS a b WITHMATCHLEN
    LCS a b ""
    LCS missing missing bogus
    LCS missing missing LEN IDX
  `,
});

/** The cases of this file. */
export const setChecks = [...set, ...encodings, ...lcs];

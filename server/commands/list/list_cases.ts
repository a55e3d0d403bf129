/**
 * Comparison cases of the list commands.
 *
 * A small list is a listpack, as in Redis 7.2; the oracle, 7.0, calls every list a quicklist. So the
 * encoding of small lists is asked for through {@link ENCODING}, which lets either name pass.
 */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";
const BINARY = s`"\x00\xff\r\n e"`;
const ENCODING = "~except:listpack|quicklist OBJECT ENCODING";

/** Elements `e0 e1 ...`. */
function many(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `e${from + i}`).join(" ");
}

/** Strings of the lengths about which a reply or a listpack is written differently, integers between. */
const lengths = [0, 1, 9, 10, 15, 16, 17, 63, 64, 65, 99, 100, 128, 129, 300]
  .flatMap((length, i) => [`"${"x".repeat(length)}"`, `${i * 77}`]).join(" ");

const ends = family("list", {
  "LRANGE: elements of many lengths, within a node and across nodes": s`
    RPUSH k ${lengths}
    LRANGE k 0 -1
    LRANGE k 3 -3
    RPUSH k ${many(900)}
    RPUSH k ${lengths}
    LRANGE k 0 -1
    LRANGE k 20 950
    CONFIG SET list-max-listpack-size 3
    RPUSH k2 ${lengths}
    LRANGE k2 0 -1
    LRANGE k2 2 20
    CONFIG SET list-max-listpack-size -2
  `,
  "LPUSH, RPUSH: order, several elements, arity": s`
    LPUSH
    LPUSH k
    RPUSH k
    LPUSH k a
    LPUSH k b c
    RPUSH k d
    RPUSH k e f e
    LRANGE k 0 -1
    LLEN k
    lpush k ""
    rPush k ${BINARY}
    LRANGE k 0 -1
    ${ENCODING} k
    TYPE k
    RPUSH "" x
    LRANGE "" 0 -1
  `,
  "LPUSH, RPUSH: elements that read as integers come back as they were": s`
    RPUSH k 1 -1 007 +1 " 1" "1 " -0 1.0 1e3 ${MAX} ${MIN} 9223372036854775808 "" 0
    LRANGE k 0 -1
    LPUSH k 127 128 4095 4096 -4096 -4097 32767 -32769 8388607 -8388609 2147483647 4294967296
    LRANGE k 0 -1
    LPOS k 007
    LPOS k 7
    LPOS k -0
    LPOS k ${MIN}
    RPOP k 3
  `,
  "LPUSHX, RPUSHX: only lists that exist": s`
    LPUSHX k a
    RPUSHX k a b
    EXISTS k
    LPUSHX
    RPUSHX k
    RPUSH k a
    LPUSHX k b c
    RPUSHX k d e
    LRANGE k 0 -1
    SET s x
    LPUSHX s a
    RPUSHX s a
  `,
  "LPOP, RPOP: one, and the last one": s`
    LPOP
    RPOP
    LPOP missing
    RPOP missing
    RPUSH k a b c
    LPOP k
    RPOP k
    LPOP k
    EXISTS k
    LPOP k
    RPUSH k ${BINARY}
    RPOP k
    EXISTS k
    LPOP k 1 2
    RPOP k 1 2
  `,
  "LPOP, RPOP: with a count": s`
    RPUSH k 1 2 3 4 5 6 7 8 9
    LPOP k 0
    RPOP k 0
    LPOP k 2
    RPOP k 3
    LPOP k 100
    EXISTS k
    LPOP k 0
    LPOP k 1
    RPUSH k a
    RPOP k ${MAX}
    EXISTS k
    RPUSH k a
    LPOP k -1
    LPOP k ${MIN}
    LPOP k 9223372036854775808
    LPOP k x
    LPOP k ""
    LPOP k 1.0
    RPOP missing -1
    RPOP missing x
    RPOP missing 0
    SET s x
    LPOP s
    LPOP s 0
    LPOP s 1
    LPOP s -1
    RPOP s x
  `,
  "list commands: wrong type": s`
    SET s x
    LPUSH s a
    RPUSH s a
    LLEN s
    LINDEX s 0
    LINDEX s x
    LSET s 0 a
    LSET s x a
    LINSERT s BEFORE a b
    LRANGE s 0 1
    LRANGE s x 1
    LTRIM s 0 1
    LTRIM s x 1
    LREM s 0 a
    LREM s x a
    LPOS s a
    LPOS s a RANK 0
    LMOVE s k LEFT RIGHT
    RPOPLPUSH s k
    LMPOP 1 s LEFT
    LMPOP 2 s k LEFT
    RPUSH k a
    LMPOP 2 k s LEFT
    RPUSH k a
    LMOVE k s LEFT RIGHT
    RPOPLPUSH k s
    LRANGE k 0 -1
    GET k
    HSET k f v
    INCR k
    APPEND k x
    GET s
  `,
});

const reads = family("list", {
  "LLEN: missing, present, arity": s`
    LLEN
    LLEN a b
    LLEN missing
    RPUSH k a b c
    LLEN k
  `,
  "LINDEX: every sign and edge": s`
    LINDEX
    LINDEX k
    LINDEX k 0 1
    LINDEX missing 0
    LINDEX missing x
    RPUSH k a b 3
    LINDEX k 0
    LINDEX k 2
    LINDEX k 3
    LINDEX k -1
    LINDEX k -3
    LINDEX k -4
    LINDEX k ${MAX}
    LINDEX k ${MIN}
    LINDEX k 4294967296
    LINDEX k 9223372036854775808
    LINDEX k x
    LINDEX k ""
    LINDEX k -0
    LINDEX k 01
  `,
  "LRANGE: every sign and edge": s`
    LRANGE
    LRANGE k 0
    LRANGE k 0 1 2
    LRANGE missing 0 -1
    LRANGE missing x 1
    LRANGE missing 0 y
    RPUSH k a b c 4 ""
    LRANGE k 0 -1
    LRANGE k 0 0
    LRANGE k -1 -1
    LRANGE k -2 100
    LRANGE k -100 1
    LRANGE k -100 -5
    LRANGE k -100 -6
    LRANGE k 2 1
    LRANGE k 5 5
    LRANGE k 4 10
    LRANGE k ${MIN} ${MAX}
    LRANGE k ${MAX} ${MIN}
    LRANGE k ${MAX} ${MAX}
    LRANGE k ${MIN} ${MIN}
    LRANGE k 4294967296 4294967297
    LRANGE k 0 4294967296
    LRANGE k x 1
    LRANGE k 0 1.5
    LRANGE k 9223372036854775808 1
  `,
  "LPOS: first, last, ranks": s`
    LPOS
    LPOS k
    LPOS missing a
    RPUSH k a b c 1 2 3 c c ""
    LPOS k c
    LPOS k 1
    LPOS k ""
    LPOS k zz
    LPOS k c RANK 1
    LPOS k c RANK 2
    LPOS k c RANK 3
    LPOS k c RANK 4
    LPOS k c RANK -1
    LPOS k c RANK -2
    LPOS k c RANK -4
    LPOS k c RANK ${MAX}
    LPOS k c RANK -${MAX}
    LPOS k c RANK ${MIN}
    LPOS k c rank 1 RANK 2
  `,
  "LPOS: COUNT and MAXLEN": s`
    RPUSH k a b c 1 2 3 c c
    LPOS k c COUNT 0
    LPOS k c COUNT 1
    LPOS k c COUNT 2
    LPOS k c COUNT 100
    LPOS k c COUNT ${MAX}
    LPOS k zz COUNT 0
    LPOS missing c COUNT 0
    LPOS missing c COUNT 1
    LPOS k c COUNT 0 RANK 2
    LPOS k c COUNT 0 RANK -1
    LPOS k c COUNT 2 RANK -2
    LPOS k c MAXLEN 0
    LPOS k c MAXLEN 1
    LPOS k c MAXLEN 3
    LPOS k c MAXLEN 3 RANK 2
    LPOS k c COUNT 0 MAXLEN 7
    LPOS k c COUNT 0 MAXLEN 1 RANK -1
    LPOS k c COUNT 0 MAXLEN 2 RANK -1
    LPOS k c COUNT 0 MAXLEN ${MAX}
    LPOS k c COUNT 2 COUNT 1 MAXLEN 5 MAXLEN 8 RANK 1
  `,
  "LPOS: errors": s`
    RPUSH k a b
    LPOS k a RANK
    LPOS k a COUNT
    LPOS k a MAXLEN
    LPOS k a 1
    LPOS k a FOO 1
    LPOS k a RANK 1 FOO
    LPOS k a RANK 0
    LPOS k a RANK x
    LPOS k a RANK 9223372036854775808
    LPOS k a COUNT -1
    LPOS k a COUNT x
    LPOS k a COUNT 9223372036854775808
    LPOS k a MAXLEN -1
    LPOS k a MAXLEN ""
    LPOS missing a RANK 0
    LPOS missing a COUNT -1
  `,
});

const edits = family("list", {
  "LSET: both ends, the middle, outside": s`
    LSET
    LSET k 0
    LSET missing 0 a
    LSET missing x a
    RPUSH k a b c
    LSET k 0 A
    LSET k -1 C
    LSET k 1 2
    LRANGE k 0 -1
    LSET k 3 x
    LSET k -4 x
    LSET k ${MAX} x
    LSET k ${MIN} x
    LSET k x x
    LSET k 9223372036854775808 x
    LSET k 1 ${BINARY}
    LSET k 2 ""
    LRANGE k 0 -1
  `,
  "LINSERT: before, after, without the pivot": s`
    LINSERT
    LINSERT k BEFORE a
    LINSERT missing BEFORE a b
    LINSERT missing NEAR a b
    EXISTS missing
    RPUSH k a b a 10
    LINSERT k BEFORE a x
    LINSERT k AFTER a y
    LINSERT k before b 1
    LINSERT k aFTER 10 2
    LINSERT k BEFORE 010 3
    LINSERT k AFTER zz 3
    LINSERT k NEAR a b
    LINSERT k "" a b
    LINSERT k AFTER "" b
    LRANGE k 0 -1
  `,
  "LTRIM: every sign and edge": s`
    LTRIM
    LTRIM k 0
    LTRIM missing 0 1
    LTRIM missing x 1
    RPUSH k 0 1 2 3 4 5 6 7 8 9
    LTRIM k 0 -1
    LTRIM k 1 -2
    LRANGE k 0 -1
    LTRIM k -100 6
    LTRIM k 2 100
    LRANGE k 0 -1
    LTRIM k x 1
    LTRIM k 0 x
    LTRIM k ${MIN} ${MAX}
    LRANGE k 0 -1
    LTRIM k 3 2
    EXISTS k
    RPUSH k a
    LTRIM k 1 1
    EXISTS k
    RPUSH k a b
    LTRIM k ${MAX} ${MAX}
    EXISTS k
    RPUSH k a b
    LTRIM k -3 -3
    EXISTS k
  `,
  "LREM: from the head, from the tail, all": s`
    LREM
    LREM k 0
    LREM missing 0 a
    LREM missing x a
    RPUSH k a b a c a b a 1 1
    LREM k 0 zz
    LREM k 2 a
    LRANGE k 0 -1
    LREM k -1 a
    LRANGE k 0 -1
    LREM k x a
    LREM k 1.0 a
    LREM k 0 1
    LREM k 0 01
    LREM k ${MAX} b
    LRANGE k 0 -1
    LREM k ${MIN} a
    LREM k -5 c
    EXISTS k
    RPUSH k x x x
    LREM k -${MAX} x
    EXISTS k
  `,
});

const moves = family("list", {
  "LMOVE: all four ways, within one list too": s`
    LMOVE
    LMOVE a b LEFT
    LMOVE missing d LEFT RIGHT
    EXISTS d
    RPUSH s 1 2 3 4 5 6
    LMOVE s d LEFT LEFT
    LMOVE s d LEFT RIGHT
    LMOVE s d RIGHT LEFT
    LMOVE s d right right
    LRANGE s 0 -1
    LRANGE d 0 -1
    LMOVE d d LEFT RIGHT
    LMOVE d d RIGHT LEFT
    LMOVE d d LEFT LEFT
    LMOVE d d RIGHT RIGHT
    LRANGE d 0 -1
    LMOVE s d LEFT RIGHT
    LMOVE s d LEFT RIGHT
    EXISTS s
    LMOVE s d UP RIGHT
    LMOVE d s LEFT DOWN
    LMOVE missing s UP RIGHT
    LMOVE d d LEFT RIGHT x
    RPUSH one ${BINARY}
    LMOVE one one LEFT RIGHT
    LRANGE one 0 -1
    LMOVE one two LEFT RIGHT
    LRANGE two 0 -1
    SET str x
    LMOVE missing str LEFT RIGHT
    LMOVE two str LEFT RIGHT
    LRANGE two 0 -1
  `,
  "RPOPLPUSH": s`
    RPOPLPUSH
    RPOPLPUSH a
    RPOPLPUSH missing d
    RPUSH s 1 2 3
    RPOPLPUSH s d
    RPOPLPUSH s s
    LRANGE s 0 -1
    RPOPLPUSH s d
    RPOPLPUSH s d
    EXISTS s
    LRANGE d 0 -1
    SET str x
    RPOPLPUSH missing str
    RPOPLPUSH d str
  `,
  "LMPOP: keys, ends, counts": s`
    LMPOP
    LMPOP 1
    LMPOP 1 k
    LMPOP 1 k LEFT
    LMPOP 2 a b RIGHT
    RPUSH k 1 2 3 4 5 6 7 8 9
    LMPOP 1 k LEFT
    LMPOP 1 k RIGHT
    LMPOP 3 a k b left COUNT 2
    LMPOP 3 a k k right count 2
    LMPOP 1 k LEFT COUNT ${MAX}
    EXISTS k
    RPUSH b x
    RPUSH k y
    LMPOP 2 k b LEFT COUNT 10
    EXISTS k b
  `,
  "LMPOP: errors": s`
    LMPOP 1 k LEFT COUNT COUNT 3
    LMPOP 1 k LEFT COUNT 0 COUNT 3
    LMPOP 1 k LEFT COUNT 1 COUNT 3
    LMPOP 1 k LEFT COUNT 1 2
    RPUSH k 1 2
    LMPOP 0 k LEFT
    LMPOP -1 k LEFT
    LMPOP x k LEFT
    LMPOP 1.0 k LEFT
    LMPOP 2 k LEFT
    LMPOP 3 k LEFT
    LMPOP ${MAX} k LEFT
    LMPOP 1 k UP
    LMPOP 1 k k LEFT
    LMPOP 1 k LEFT COUNT
    LMPOP 1 k LEFT COUNT 0
    LMPOP 1 k LEFT COUNT -1
    LMPOP 1 k LEFT COUNT x
    LMPOP 1 k LEFT COUNT 9223372036854775808
    LMPOP 1 k LEFT COUNT 1 COUNT 1
    LMPOP 1 k LEFT FOO 1
    LMPOP 1 k LEFT FOO
    LLEN k
  `,
});

/** Writes of every kind to a list of many elements, and its encoding, asked for by `encoding`. */
const writes = (encoding: string) =>
  s`
  RPUSH k ${many(2000)}
  LPUSH k ${many(1000, 2000)}
  ${encoding} k
  LLEN k
  LRANGE k 0 -1
  LRANGE k -1500 -1400
  LRANGE k 1490 1510
  LINDEX k 0
  LINDEX k 1499
  LINDEX k 1500
  LINDEX k -1
  LINDEX k -3000
  LSET k 1500 "in the middle"
  LSET k -2000 12345
  LSET k 77 ${"x".repeat(5000)}
  LSET k 78 ${"y".repeat(20000)}
  LSET k 78 short
  LINSERT k BEFORE e1000 before
  LINSERT k AFTER e1001 ${"z".repeat(10000)}
  LINSERT k AFTER e1002 ${"w".repeat(3000)}
  LPOS k e1500
  LPOS k e1500 RANK -1 COUNT 0
  LPOS k e1999 MAXLEN 100
  LREM k 1 e500
  LREM k -2 e2500
  LRANGE k 900 1700
  LPOP k 700
  RPOP k 300
  LMOVE k k LEFT RIGHT
  RPOPLPUSH k other
  LMPOP 1 k RIGHT COUNT 20
  ${encoding} k
  LTRIM k 5 -5
  LRANGE k 0 -1
  COPY k copy
  LTRIM k 700 720
  LRANGE k 0 -1
  ${ENCODING} k
  LRANGE copy 0 -1
  RENAME copy k
  LRANGE k 300 310
  LTRIM k 1 0
  EXISTS k
`;

/** The same with a limit on nodes, and with the middle compressed. */
function limited(size: string, depth: string, encoding = "OBJECT ENCODING"): string {
  return s`
    CONFIG SET list-max-listpack-size ${size} list-compress-depth ${depth}
    ${writes(encoding)}
    CONFIG SET list-max-listpack-size -2 list-compress-depth 0
  `;
}

const encodings = family("list", {
  "lists: of many nodes": writes("OBJECT ENCODING"),
  "lists: nodes of 4 KiB": limited("-1", "0"),
  "lists: nodes of 64 KiB": limited("-5", "0", ENCODING),
  "lists: nodes of one element": limited("1", "0"),
  "lists: nodes of 0 elements are nodes of one": limited("0", "0"),
  "lists: nodes of 100 elements": limited("100", "0"),
  "lists: compressed but for the ends": limited("-1", "1"),
  "lists: compressed but for three nodes at either end": limited("50", "3"),
  "lists: elements larger than a node": s`
    RPUSH k ${"a".repeat(8192)} small ${"b".repeat(100000)} 17
    LPUSH k ${"c".repeat(9000)}
    OBJECT ENCODING k
    LRANGE k 0 -1
    LINDEX k 2
    LPOS k ${"b".repeat(100000)}
    LSET k 0 ${"d".repeat(70000)}
    LSET k 0 tiny
    LSET k 1 ${"e".repeat(8177)}
    LINSERT k AFTER small ${"f".repeat(50000)}
    LINSERT k BEFORE 17 ${"g".repeat(8100)}
    LMOVE k k LEFT RIGHT
    LMOVE k k RIGHT LEFT
    LMOVE k other RIGHT LEFT
    LRANGE k 0 -1
    LREM k 0 ${"f".repeat(50000)}
    LPOP k 3
    RPOP k
    LRANGE k 0 -1
    LRANGE other 0 -1
  `,
  "lists: encoding after each kind of write": s`
    RPUSH k ${many(3000)}
    OBJECT ENCODING k
    LTRIM k 0 2900
    OBJECT ENCODING k
    LPUSH k a
    OBJECT ENCODING k
    LSET k 0 ${"x".repeat(100)}
    OBJECT ENCODING k
    RPUSH small ${"x".repeat(8192)}
    OBJECT ENCODING small
    RPUSH other ${"x".repeat(4000)} ${"x".repeat(4000)}
    ${ENCODING} other
    LINSERT other AFTER none ${"x".repeat(4000)}
    OBJECT ENCODING other
    LPOP other
    ${ENCODING} other
  `,
  "lists: keys that expire, are copied and renamed": s`
    RPUSH k a b c
    EXPIRE k 1000
    RPUSH k d
    LPOP k
    TTL k
    COPY k k2
    RPUSH k2 x
    LRANGE k 0 -1
    LRANGE k2 0 -1
    TTL k2
    RENAME k k3
    LRANGE k3 0 -1
    PEXPIREAT k3 1
    LRANGE k3 0 -1
    LPUSH k3 new
    TTL k3
    MOVE k3 1
    LLEN k3
  `,
});

/** The cases of this file. */
export const listChecks = [...ends, ...reads, ...edits, ...moves, ...encodings];

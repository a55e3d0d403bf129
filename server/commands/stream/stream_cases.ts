/** Comparison cases of the stream commands without groups. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** `count` lines that add entries with IDs 1-0, 2-0 ... */
const entries = (count: number, key = "k", from = 1) =>
  Array.from({ length: count }, (_, i) => `XADD ${key} ${from + i}-0 f ${i}`).join("\n");

const adding = family("streams, adding", {
  "XADD: arguments": s`
    XADD k NOMKSTREAM MAXLEN 0
    XADD k MAXLEN ~ 0 LIMIT 5
    XADD k MAXLEN 5 LIMIT 3
    XADD k MAXLEN 1 MINID 1
    XADD k MAXLEN 1 x
    XADD
    XADD k 1-1
    XADD k 1-1 a
    XADD k 1-1 a b c
    XADD k foo a b
    XADD k 0-0 a b
    XADD k 0 a b
    XADD k NOMKSTREAM
    XADD k NOMKSTREAM * a
    XADD k nomkstream 5 a b
    XADD k NOMKSTREAM 0-0 a b
    XADD k NOMKSTREAM NOMKSTREAM 7 a b
    EXISTS k
    SET str x
    XADD str 0-0 a b
    XADD str 1-1 a
    XADD str 1-1 a b
    XADD str * a b
    XADD str NOMKSTREAM * a b
    XADD s 5-5 a b
    XADD s NOMKSTREAM 5 a
    XADD s NOMKSTREAM 6 a b
    TYPE s
    OBJECT ENCODING s
    XLEN s
    XLEN none
    XLEN str
    XLEN
    SCAN 0 TYPE stream COUNT 100
  `,
  "XADD: IDs": s`
    XADD k 0-* a b
    XADD k 0-* a b
    XADD k 5-01 a b
    XADD k +6-1 a b
    XADD k 6-+5 a b
    XADD k *-1 a b
    XADD k 5- a b
    XADD k 7 -a b
    XADD k 7-1 a b
    XADD k 7-* a b
    XADD k 7-1 a b
    XADD k 7-2 a b
    XADD k 6-* a b
    XADD k ** a b
    XADD k *x a b
    XADD k - a b
    XADD k + a b
    XADD k $ a b
    XADD k "" a b
    XADD k 5-*x a b
    XADD k 8-5-6 a b
    XADD k 18446744073709551616-1 a b
    XADD k 9-18446744073709551616 a b
    XADD k -1-1 a b
    XADD k 9-18446744073709551615 a b
    XADD k 9-* a b
    XADD k 10 a b
    XADD k 18446744073709551615-18446744073709551615 a b
    XADD k * a b
    XADD k 18446744073709551615-* a b
    XADD k 18446744073709551615-18446744073709551615 a b
    XADD k 1 a b
    XRANGE k - +
    XADD big 99999999999999-18446744073709551615 a b
    XADD big * a b
    XADD big * a b
    XRANGE big - +
    XADD top 18446744073709551615-5 a b
    XADD top * a b
    ~type XADD now * a b
    XLEN now
  `,
  "XADD: trimming options": s`
    XADD k MAXLEN a
    XADD k MAXLEN 5 a
    XADD k MAXLEN -1 * a b
    XADD k MAXLEN x * a b
    XADD k MAXLEN 5 LIMIT 5 * a b
    XADD k LIMIT 5 * a b
    XADD k LIMIT 5 * a
    XADD k LIMIT 0 * a b
    XADD k MAXLEN 5 LIMIT 0 * a b
    XADD k MAXLEN ~ 5 LIMIT -5 * a b
    XADD k MAXLEN 5 MINID 5 * a b
    XADD k MINID foo * a b
    XADD k MINID - * a b
    XADD k MAXLEN = 5 MAXLEN ~ 5 * a b
    XADD k MAXLEN 5 LIMIT 0 foo a b
    XADD k MAXLEN 5 LIMIT x 0-0 a b
    XADD k MAXLEN 5 LIMIT 4 0-0 a
    XADD k MAXLEN 5 MAXLEN x 0-0 a
    XADD k MAXLEN -5 LIMIT x 0-0 a
    XADD k MAXLEN 99999999999999999999 0-0 a
    XADD k MAXLEN ~ a b c
    XADD k MAXLEN = a b c
    EXISTS k
    XADD k MAXLEN ~ 5 LIMIT 5 1-1 a b
    XADD k MAXLEN 0 5-5 a b
    XLEN k
    EXISTS k
    XADD k MAXLEN 2 6-1 a b
    XADD k maxlen = 2 6-2 a b
    XADD k MAXLEN 2 6-3 a b
    XADD k MINID 6-3 6-4 a b
    XADD k MINID = 7 7-1 a b
    XADD k MINID 99 8 a b
    XRANGE k - +
    XADD k 9 a b
    XADD k 8 a b
    XRANGE k - +
  `,
  "XADD: fields and values": s`
    XADD k 1-1 a 1 b -1 c 127 d 128 e 4095 f -4096 g 32767 h 8388608 i 2147483648
    XADD k 1-2 a 9223372036854775807 b -9223372036854775808 c 9223372036854775808 d 01 e "" f -0
    XADD k 1-3 1 2 3 4
    XADD k 1-4 1 x 3 y
    XADD k 1-5 "\x00\xff\r\n" "\x00"
    XADD k 2-1 a a a a a a
    XADD k 100000000000-5 a ${"v".repeat(100)} ${"f".repeat(5000)} ${"w".repeat(4096)}
    XADD k 100000000001-3 a 1
    XADD k 100000000001-4 a 1 b 2
    XRANGE k - +
    XREVRANGE k + -
    XADD same 5-9 f1 a f2 b
    XADD same 6-2 f1 c f2 d
    XADD same 6-3 f2 c f1 d
    XADD same 6-4 f1 c f2 d f1 c
    XADD same 4294967300-1 f1 x f2 y
    XADD same 99999999999999999-1 f1 x f2 y
    XRANGE same - +
  `,
});

const ranges = family("streams, ranges", {
  "XRANGE: arguments": s`
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k 2-2 a b c d
    XRANGE
    XRANGE k -
    XRANGE k - + COUNT 0
    XRANGE k - + COUNT -1
    XRANGE none - + COUNT 0
    XRANGE none - + COUNT -1
    XRANGE none - +
    XRANGE none x +
    XRANGE none - + COUNT x
    XRANGE none - + FOO x
    XRANGE none - + COUNT
    XRANGE none - + COUNT 1 COUNT 2
    XRANGE k - + COUNT 1 COUNT 2
    XRANGE k - + COUNT 9223372036854775807
    XRANGE k - + COUNT 9223372036854775808
    SET str x
    XRANGE str - +
    XRANGE str x +
    XREVRANGE str + -
    XRANGE str - + COUNT 0
  `,
  "XRANGE: bounds": s`
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k 2-2 a b c d
    XADD k 5-0 a b
    XRANGE k 2 2
    XRANGE k (2 2
    XRANGE k (2-1 (2-2
    XRANGE k (1-1 (5-0
    XRANGE k (18446744073709551615-18446744073709551615 +
    XRANGE k - (0-0
    XRANGE k - (0
    XRANGE k (- (+
    XRANGE k ( +
    XRANGE k + -
    XRANGE k + +
    XRANGE k - -
    XRANGE k -1 +
    XRANGE k 2- +
    XRANGE k 1-1 2-1 COUNT 1
    XRANGE k 1-18446744073709551615 2-1
    XRANGE k (1-18446744073709551615 (3-0
    XRANGE k 3 4
    XRANGE k 9 +
    XREVRANGE k + -
    XREVRANGE k + - COUNT 1
    XREVRANGE k (0-0 (0-0
    XREVRANGE k - (18446744073709551615-18446744073709551615
    XREVRANGE k 2 2
    XREVRANGE k (2 1
    XREVRANGE k 4 3
    XREVRANGE k 1-1 +
    XREVRANGE k (5 (1 COUNT 2
  `,
  "XRANGE: over several nodes": s`
    CONFIG SET stream-node-max-entries 5
    ${entries(23)}
    XLEN k
    XRANGE k - +
    XREVRANGE k + -
    XRANGE k 3 18
    XRANGE k 6 6
    XREVRANGE k 17 4
    XREVRANGE k 17 4 COUNT 7
    XDEL k 5-0 6-0 7-0 8-0 9-0 10-0 23-0
    XRANGE k 3 18
    XRANGE k (4 +
    XREVRANGE k 17 4
    XREVRANGE k + - COUNT 2
    XDEL k 1-0 2-0 3-0 4-0 11-0
    XRANGE k - + COUNT 3
    XRANGE k - +
  `,
});

const deleting = family("streams, deleting", {
  "XDEL: arguments": s`
    XDEL
    XDEL k
    XDEL none x
    XDEL none 1
    XADD k 1-1 a b
    XADD k 2-1 a b
    XDEL k x
    XDEL k 1-1 x
    XLEN k
    XDEL k 5
    XDEL k 2
    XDEL k *
    XDEL k - +
    XDEL k 1-1 1-1
    XDEL k 1-1
    XDEL k 2-1
    XLEN k
    EXISTS k
    XRANGE k - +
    XADD k 2-1 a b
    XADD k 2-2 a b
    XRANGE k - +
    SET str x
    XDEL str x
    XDEL str 1
  `,
  "XTRIM: arguments": s`
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k 2-2 a b c d
    XTRIM
    XTRIM k
    XTRIM k MAXLEN
    XTRIM k MAXLEN 5
    XTRIM k MAXLEN 5 MAXLEN 5
    XTRIM k MAXLEN = 5 LIMIT 3
    XTRIM k MAXLEN ~ 5 LIMIT
    XTRIM k LIMIT 5
    XTRIM k LIMIT 0
    XTRIM k MAXLEN 5 LIMIT 0
    XTRIM k NOMKSTREAM
    XTRIM k NOMKSTREAM 5
    XTRIM none MAXLEN x
    XTRIM none MAXLEN 5
    SET str x
    XTRIM str MAXLEN 5
    XTRIM str MAXLEN 5 FOO
    XTRIM k MAXLEN ~
    XTRIM k MAXLEN 3 =
    XTRIM k MINID = 5-x
    XTRIM k MINID -
    XTRIM k MINID +
    XTRIM k LIMIT 5 MAXLEN ~ 10
    XTRIM k LIMIT 5 MAXLEN 10
    XTRIM k LIMIT 9999999999999999 MAXLEN ~ 10
    XTRIM k MINID ~ 2 LIMIT 5
    XTRIM k MINID 2
    XTRIM k MAXLEN 1
    XRANGE k - +
    XTRIM k MAXLEN ~ 0 LIMIT 0
    XLEN k
    EXISTS k
  `,
  "XTRIM: nodes and what is inside": s`
    CONFIG SET stream-node-max-entries 5
    ${entries(40)}
    XTRIM k MAXLEN ~ 38
    XTRIM k MAXLEN ~ 33
    XTRIM k MAXLEN 33
    XTRIM k MAXLEN ~ 20 LIMIT 4
    XTRIM k MAXLEN ~ 20 LIMIT 7
    XTRIM k MINID ~ 21
    XTRIM k MINID 21
    XRANGE k - + COUNT 1
    XDEL k 22-0 25-0 33-0
    XTRIM k MINID ~ 26
    XTRIM k MAXLEN 10
    XRANGE k - +
    XTRIM k MAXLEN ~ 0 LIMIT 3
    XTRIM k MAXLEN ~ 0 LIMIT 5
    XTRIM k MAXLEN 0
    EXISTS k
    XADD k 41 a b
    XRANGE k - +
  `,
  "XTRIM: deleted entries that XSETID has led back behind": s`
    XADD k 5-0 a b
    XADD k 59-0 a b
    XDEL k 59-0
    XSETID k 14
    XADD k 17-2 a b
    XADD k 56 a b
    XRANGE k 17-2 17-2
  `,
  "XADD: trims whole nodes": s`
    CONFIG SET stream-node-max-entries 5
    ${entries(12)}
    XADD k MAXLEN ~ 9 20 a b
    XLEN k
    XADD k MAXLEN ~ 3 21 a b
    XLEN k
    XADD k MAXLEN ~ 0 LIMIT 1 22 a b
    XLEN k
    XADD k MINID ~ 22 23 a b
    XRANGE k - +
    CONFIG SET stream-node-max-bytes 100
    ${entries(12, "b")}
    XTRIM b MAXLEN ~ 3
    XRANGE b - +
    CONFIG SET stream-node-max-entries 0 stream-node-max-bytes 0
    ${entries(12, "c")}
    XTRIM c MAXLEN ~ 3
    XTRIM c MAXLEN ~ 0
    XLEN c
  `,
});

const keys = family("streams as keys", {
  "COPY, RENAME, DEL, MOVE, MEMORY USAGE": s`
    CONFIG SET stream-node-max-entries 5
    ${entries(23)}
    XDEL k 3-0 4-0
    COPY k c
    XADD k 50 a b
    XRANGE c - +
    XTRIM c MAXLEN 3
    XRANGE k - +
    ~type MEMORY USAGE k
    RENAME c d
    XADD d 30 x y
    XRANGE d - +
    DEL k
    EXISTS k
    MOVE d 1
    XRANGE d - +
    SET k v
    COPY k d
    EXPIRE d 100
    LPUSH k x
    GETDEL k
  `,
  "DEBUG DIGEST": s`
    XADD k 1-1 a b c -5 "" x
    XADD k 1-2 a b c 5 "" x
    XADD k 9-2 a b
    DEBUG DIGEST-VALUE k
    DEBUG DIGEST
    XDEL k 1-2
    DEBUG DIGEST-VALUE k none
    XTRIM k MAXLEN 0
    DEBUG DIGEST-VALUE k
    DEBUG DIGEST
  `,
  "events": s`
    CONFIG SET notify-keyspace-events KEA
    XADD k 1-1 a b
    XADD k MAXLEN 1 1-2 a b
    XADD k NOMKSTREAM 1-3 a b
    XTRIM k MAXLEN 0
    XDEL k 1-1
  `,
});

export const streamChecks = [...adding, ...ranges, ...deleting, ...keys];

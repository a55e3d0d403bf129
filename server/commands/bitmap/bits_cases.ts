/** Comparison cases of the bitmap commands. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const single = family("bits", {
  "SETBIT: sets, clears and grows": s`
    SETBIT
    SETBIT k 1
    SETBIT k 1 1 1
    SETBIT k 7 0
    STRLEN k
    OBJECT ENCODING k
    SETBIT k 7 1
    SETBIT k 7 1
    GET k
    SETBIT k 0 1
    SETBIT k 100 0
    GET k
    STRLEN k
    SETBIT k 8191 1
    SETBIT k 8192 1
    STRLEN k
    SETBIT k 8192 0
    BITCOUNT k
    GETRANGE k 1020 -1
  `,
  "SETBIT: arguments": s`
    SETBIT k -1 1
    SETBIT k 4294967296 1
    SETBIT k 9223372036854775807 1
    SETBIT k 9223372036854775808 1
    SETBIT k a 2
    SETBIT k "" 1
    SETBIT k 01 1
    SETBIT k 1 2
    SETBIT k 1 -1
    SETBIT k 1 a
    SETBIT k 1 01
    SETBIT k 1 ""
    SETBIT k 1 11
    EXISTS k
    RPUSH list a
    SETBIT list a 1
    SETBIT list 1 2
    SETBIT list 1 1
  `,
  "SETBIT: whatever the string is kept as": s`
    SET n 12345
    SETBIT n 7 1
    OBJECT ENCODING n
    SET n 12345
    SETBIT n 6 1
    GET n
    SET n -9223372036854775808
    SETBIT n 163 1
    GET n
    SET short abc
    OBJECT ENCODING short
    SETBIT short 0 0
    OBJECT ENCODING short
    SET short abc EX 1000
    SETBIT short 1 0
    ~near:1 TTL short
    SETBIT short 25 1
    ~near:1 TTL short
    GET short
    SET long ${"x".repeat(300)}
    SETBIT long 2399 1
    SETBIT long 2400 1
    GET long
    SET empty ""
    SETBIT empty 0 0
    GET empty
    SET gone v PX 1
    !sleep 10
    SETBIT gone 9 1
    GET gone
    TTL gone
  `,
  "GETBIT: everywhere": s`
    GETBIT k
    GETBIT k 1 2
    SETBIT k 7 1
    GETBIT k 7
    GETBIT k 6
    GETBIT k 8
    GETBIT k 4294967295
    GETBIT k 4294967296
    GETBIT k -1
    GETBIT k a
    GETBIT missing 1
    GETBIT missing a
    SET n 123
    GETBIT n 2
    GETBIT n 3
    GETBIT n 23
    GETBIT n 24
    OBJECT ENCODING n
    RPUSH list a
    GETBIT list a
    GETBIT list 1
  `,
  "SETBIT: proto-max-bulk-len": s`
    CONFIG SET proto-max-bulk-len 1mb
    SETBIT k 8388608 1
    EXISTS k
    SETBIT k 8388607 1
    STRLEN k
    GETBIT k 8388607
    GETBIT k 8388608
    BITCOUNT k
    BITPOS k 1
    SETBIT k 1 1
    STRLEN k
  `,
});

const BITS = s`\x00\xff\xf0\x01\x80ab\x00`;

const counting = family("bits", {
  "BITCOUNT: whole and ranges": s`
    BITCOUNT
    SET k "${BITS}"
    BITCOUNT k
    BITCOUNT k 0
    BITCOUNT k 0 0
    BITCOUNT k 1 1
    BITCOUNT k 0 -1
    BITCOUNT k 1 -2
    BITCOUNT k -3 -1
    BITCOUNT k -1 -3
    BITCOUNT k 5 2
    BITCOUNT k 100 200
    BITCOUNT k 0 100
    BITCOUNT k -100 100
    BITCOUNT k -100 -50
    BITCOUNT k -50 -100
    BITCOUNT k -9223372036854775808 9223372036854775807
    BITCOUNT k 1 2 BYTE
    BITCOUNT k 1 2 byte
    BITCOUNT k 8 11 BIT
    BITCOUNT k 9 18 bit
    BITCOUNT k 12 12 BIT
    BITCOUNT k -9 -9 BIT
    BITCOUNT k -30 -3 BIT
    BITCOUNT k -3 -30 BIT
    BITCOUNT k -1000 -900 BIT
    BITCOUNT k 0 1000 BIT
    BITCOUNT k -9223372036854775808 9223372036854775807 BIT
    SET empty ""
    BITCOUNT empty
    BITCOUNT empty 0 0
    BITCOUNT empty -1 -1 BIT
    SET n 123
    BITCOUNT n
    BITCOUNT n 1 1
    BITCOUNT n 3 5 BIT
    OBJECT ENCODING n
  `,
  "BITCOUNT: arguments": s`
    SET k abc
    BITCOUNT k a 0
    BITCOUNT k 0 a
    BITCOUNT k a 0 foo
    BITCOUNT k 0 0 foo
    BITCOUNT k -1 -2 foo
    BITCOUNT k 0 0 byt
    BITCOUNT k 0 0 bits
    BITCOUNT k 0 0 ""
    BITCOUNT k 0 0 bit x
    BITCOUNT k 9223372036854775808 0
    BITCOUNT missing
    BITCOUNT missing 0
    BITCOUNT missing a b
    BITCOUNT missing 0 0 foo bar
    RPUSH list a
    BITCOUNT list
    BITCOUNT list 0
    BITCOUNT list a b
  `,
  "BITPOS: ones and zeros": s`
    BITPOS
    BITPOS k
    SET k "${BITS}"
    BITPOS k 1
    BITPOS k 0
    BITPOS k 1 2
    BITPOS k 0 2
    BITPOS k 0 1
    BITPOS k 0 1 1
    BITPOS k 0 1 2
    BITPOS k 1 7
    BITPOS k 1 8
    BITPOS k 0 8
    BITPOS k 1 -1
    BITPOS k 1 -3
    BITPOS k 1 5 2
    BITPOS k 1 -1 -2
    BITPOS k 1 -100 -50
    BITPOS k 1 -50 -100
    BITPOS k 0 8 15 BIT
    BITPOS k 0 8 20 BIT
    BITPOS k 0 8 19 BIT
    BITPOS k 1 3 7 BIT
    BITPOS k 1 3 8 BIT
    BITPOS k 1 21 30 BIT
    BITPOS k 1 21 31 bit
    BITPOS k 1 -2 -1 BIT
    BITPOS k 1 -30 -20 BIT
    BITPOS k 1 -9223372036854775808 9223372036854775807 BIT
    BITPOS k 1 2 3 byte
    SET ones "\xff\xff"
    BITPOS ones 0
    BITPOS ones 0 0
    BITPOS ones 0 1
    BITPOS ones 0 2
    BITPOS ones 0 0 -1
    BITPOS ones 0 0 5
    BITPOS ones 0 0 5 BYTE
    BITPOS ones 0 0 5 BIT
    BITPOS ones 0 -100
    SET empty ""
    BITPOS empty 0
    BITPOS empty 1
    BITPOS empty 0 0
    BITPOS empty 0 0 -1
    BITPOS empty 0 0 -1 BIT
    SET n 123
    BITPOS n 1
    BITPOS n 0 1
    OBJECT ENCODING n
  `,
  "BITPOS: arguments": s`
    SET k abc
    BITPOS k 2
    BITPOS k -1
    BITPOS k a
    BITPOS k 4294967296
    BITPOS k 0 a
    BITPOS k 0 a 0 foo
    BITPOS k 0 0 a foo
    BITPOS k 0 0 a bit
    BITPOS k 0 0 0 foo
    BITPOS k 0 0 0 bit 7
    BITPOS k 0 a 0 bit 7
    BITPOS missing 0
    BITPOS missing 1
    BITPOS missing 0 a
    BITPOS missing 1 0 0 foo bar
    BITPOS missing 2
    RPUSH list a
    BITPOS list 2
    BITPOS list 0 a
  `,
  "BITCOUNT: hits and misses": s`
    CONFIG RESETSTAT
    SET k abc
    RPUSH list a
    SETBIT k 1 1
    SETBIT missing 1 1
    DEL missing
    GETBIT k 1
    GETBIT k a
    GETBIT missing 1
    GETBIT missing a
    GETBIT list 1
    BITCOUNT k
    BITCOUNT k 0 a
    BITCOUNT missing 0 a
    BITCOUNT list
    BITPOS k 1
    BITPOS k 2
    BITPOS k a
    BITPOS k 1 a
    BITPOS missing 1
    BITPOS list 1
    ~lines:^(?!keyspace_hits|keyspace_misses).*$ INFO stats
  `,
});

const combining = family("bits", {
  "BITOP: every operation": s`
    SET a "\xf0\x0f\xff\x01"
    SET b "\xaa\xaa"
    SET c "\x33\x33\x33"
    BITOP AND d a b c
    GET d
    OBJECT ENCODING d
    BITOP OR d a b c
    GET d
    BITOP XOR d a b c
    GET d
    BITOP NOT d a
    GET d
    BITOP NOT d b
    GET d
    BITOP and d c a
    GET d
    BITOP AND d a
    GET d
    BITOP XOR d a a
    GET d
    BITOP OR d b a missing
    GET d
    BITOP AND d missing a
    GET d
    BITOP NOT a a
    GET a
    BITOP XOR a b a c a
    GET a
    BITOP OR a missing a
    GET a
  `,
  "BITOP: nothing and new": s`
    BITOP AND d missing
    EXISTS d
    SET d v
    BITOP OR d missing missing2
    EXISTS d
    SET d v
    SET empty ""
    BITOP NOT d empty
    EXISTS d
    RPUSH list a
    BITOP XOR list missing
    EXISTS list
    SET n 12345
    SET m -7
    RPUSH list a
    BITOP XOR list n m
    TYPE list
    GET list
    BITOP OR n n
    OBJECT ENCODING n
    GET n
    SET d v EX 1000
    BITOP OR d m
    TTL d
    SET d "${"y".repeat(300)}" EX 1000
    BITOP OR d m
    TTL d
    GET d
    SET gone v PX 1
    !sleep 10
    BITOP OR d m gone
    GET d
    BITOP OR gone m
    GET gone
    SET d "${"y".repeat(300)}"
    BITOP OR d d m
    GET d
    BITOP AND d m d
    GET d
    SET e "${"z".repeat(280)}"
    BITOP XOR d e e
    STRLEN d
    BITOP XOR d e m
    GET d
    BITOP OR d m
    GET d
  `,
  "BITOP: arguments": s`
    BITOP
    BITOP NOT d
    BITOP XYZ d a
    BITOP "" d a
    BITOP NOT d a b
    BITOP not d a b
    RPUSH list a
    SET a x
    BITOP AND d a list
    BITOP AND d list missing
    BITOP NOT d list
    EXISTS d
    CONFIG RESETSTAT
    BITOP AND d a missing a missing2 list missing
    BITOP OR d a
    BITOP XYZ d a
    ~lines:^(?!keyspace_hits|keyspace_misses).*$ INFO stats
  `,
});

const BAD_TYPES = ["u64", "i65", "i0", "u0", "x8", "u8x", "u", "u08", "U8", "", "8", "u-1", "i+5"];
const BAD_OFFSETS = ["-1", "#-1", "#", "", "a", "4294967296", "#536870912", "#9223372036854775807"];

const fields = family("bits", {
  "BITFIELD: reads and writes": s`
    BITFIELD k
    EXISTS k
    BITFIELD k GET u8 0 GET i5 100
    EXISTS k
    BITFIELD k SET u8 0 0
    STRLEN k
    OBJECT ENCODING k
    BITFIELD k SET u8 0 5 SET u8 0 6
    BITFIELD k INCRBY u8 0 5 INCRBY u8 1 6
    BITFIELD k set i5 3 -7 get i5 3 get u5 3 incrby i5 3 -3 get u8 0
    BITFIELD k SET i64 3 -1 GET i64 3 GET u63 3 GET u63 4 GET i64 4
    GET k
    BITFIELD k GET u8 #1 SET u4 #7 9 GET u8 #3
    BITFIELD k GET i64 60 GET u63 4000000000
    BITFIELD k GET u8 4294967295 GET u1 4294967295 GET u8 #536870911
    BITFIELD k GET u8 #2305843009213693952
    BITFIELD k SET u8 8000 255
    STRLEN k
    BITCOUNT k
    BITFIELD k SET i64 0 9223372036854775807 SET i64 0 -9223372036854775808 GET i64 0
    SET n 12345
    BITFIELD n GET u8 0
    OBJECT ENCODING n
    BITFIELD n SET u8 8 65
    GET n
    OBJECT ENCODING n
    SET n 12345
    BITFIELD n OVERFLOW FAIL SET u2 0 100
    OBJECT ENCODING n
    BITFIELD_RO k GET u8 0 GET i8 8
    BITFIELD_RO k
    BITFIELD_RO missing GET u8 0
    BITFIELD_RO k OVERFLOW WRAP GET u8 1
    SET t v EX 1000
    BITFIELD t SET u8 100 3
    ~near:1 TTL t
  `,
  "BITFIELD: overflow": s`
    BITFIELD k OVERFLOW FAIL INCRBY u2 0 5
    EXISTS k
    STRLEN k
    BITFIELD k SET u8 0 256 GET u8 0
    BITFIELD k SET u8 0 -1 GET u8 0
    BITFIELD k SET u63 0 -1 GET u63 0
    BITFIELD k OVERFLOW SAT SET u8 0 -1 SET u8 0 300 GET u8 0
    BITFIELD k OVERFLOW FAIL SET u8 0 300 SET u8 0 -1 SET u8 0 255 GET u8 0
    BITFIELD k OVERFLOW SAT SET i8 0 -300 GET i8 0 SET i8 0 300 GET i8 0
    BITFIELD k OVERFLOW WRAP SET i8 0 -300 GET i8 0 SET i8 0 200 GET i8 0
    BITFIELD k OVERFLOW FAIL SET i8 0 -129 SET i8 0 128 SET i8 0 -128 GET i8 0
    BITFIELD k OVERFLOW SAT INCRBY u8 0 -200 OVERFLOW FAIL INCRBY u8 0 -1 OVERFLOW WRAP INCRBY u8 0 -2
    BITFIELD k OVERFLOW SAT INCRBY i64 0 9223372036854775807 INCRBY i64 0 9223372036854775807
    BITFIELD k OVERFLOW SAT INCRBY i64 0 -9223372036854775808 INCRBY i64 0 -9223372036854775808
    BITFIELD k OVERFLOW WRAP INCRBY i64 0 -9223372036854775808 INCRBY i64 0 -1 INCRBY i64 0 1
    BITFIELD k OVERFLOW FAIL INCRBY i64 0 1 INCRBY i64 0 -9223372036854775808 INCRBY i64 0 -2
    BITFIELD k INCRBY u63 64 -1 INCRBY u63 64 9223372036854775807 INCRBY u63 64 -9223372036854775808
    BITFIELD k OVERFLOW SAT INCRBY u63 64 -9223372036854775808 INCRBY u63 64 9223372036854775807 INCRBY u63 64 1
    BITFIELD k INCRBY i1 0 1 INCRBY i1 0 1 INCRBY u1 0 1 INCRBY u1 0 1
    BITFIELD k OVERFLOW SAT INCRBY i1 0 5 INCRBY i1 0 -5 INCRBY u1 0 5 INCRBY u1 0 -5
    BITFIELD k INCRBY i8 0 9223372036854775807 INCRBY i8 0 -9223372036854775808
    BITFIELD k INCRBY u8 0 9223372036854775807 INCRBY u8 0 -9223372036854775808
    BITFIELD k OVERFLOW FAIL SET u8 200000 255 SET u8 100000 300
    STRLEN k
    BITFIELD k OVERFLOW SAT SET i63 0 -9223372036854775807 GET i63 0 SET i63 0 -4611686018427387905 GET i63 0
    BITFIELD k OVERFLOW SAT SET i5 0 -9223372036854775808 GET i5 0 SET i5 0 9223372036854775807 GET i5 0
    BITFIELD k OVERFLOW SAT SET i5 0 -17 GET i5 0 SET i62 0 -9223372036854775808 GET i62 0
    BITFIELD k OVERFLOW FAIL OVERFLOW SAT OVERFLOW WRAP
    BITFIELD k OVERFLOW fail INCRBY u2 800000 4
    STRLEN k
  `,
  "BITFIELD: arguments": s`
    BITFIELD
    BITFIELD_RO
    ${
    BAD_TYPES.map((type) => `BITFIELD k GET "${type}" 0\n    BITFIELD_RO k SET "${type}" 0 1`).join(
      "\n    ",
    )
  }
    ${
    BAD_OFFSETS.map((at) => `BITFIELD k GET u8 "${at}"\n    BITFIELD k SET u8 "${at}" x`).join(
      "\n    ",
    )
  }
    BITFIELD k GET
    BITFIELD k GET u8
    BITFIELD k SET u8 0
    BITFIELD k SET u8 0 x
    BITFIELD k SET u8 0 9223372036854775808
    BITFIELD k INCRBY u8 0 ""
    BITFIELD k INCRBY u8 0
    BITFIELD k FOO u8 0 1
    BITFIELD k "" u8 0 1
    BITFIELD k OVERFLOW
    BITFIELD k OVERFLOW WRAP x
    BITFIELD k OVERFLOW X
    BITFIELD k OVERFLOW "" GET u8 0
    BITFIELD k GET u8 0 GET z8 0
    BITFIELD k SET u8 0 1 GET
    BITFIELD_RO k GET u8 0 SET u8 0 1
    BITFIELD_RO k SET u8 0 1 FOO
    BITFIELD_RO k SET u8 0 x
    BITFIELD_RO k OVERFLOW x GET u8 0
    EXISTS k
    RPUSH list a
    BITFIELD list GET u8 0
    BITFIELD list SET u8 0 1
    BITFIELD list GET z8 0
    BITFIELD list
    CONFIG RESETSTAT
    BITFIELD list GET u8 0
    BITFIELD list SET u8 0 1
    BITFIELD list GET z8 0
    BITFIELD missing GET u8 0
    BITFIELD missing
    BITFIELD n SET u8 0 1
    BITFIELD n GET u8 0
    BITFIELD_RO n GET u8 0 SET u8 0 1
    ~lines:^(?!keyspace_hits|keyspace_misses).*$ INFO stats
  `,
  "BITFIELD: beyond proto-max-bulk-len": s`
    CONFIG SET proto-max-bulk-len 1mb
    BITFIELD k SET u8 8388607 255
    STRLEN k
    BITFIELD k SET u8 8388608 255
    BITFIELD k GET u8 8388608
    BITFIELD k GET u8 8388607
    BITFIELD k GET u8 #1048576
    BITFIELD k GET u8 #1048575
    BITCOUNT k
    SETBIT k 1 1
    STRLEN k
  `,
  "BITFIELD: GETKEYS": s`
    COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0
    COMMAND GETKEYSANDFLAGS BITFIELD k
    COMMAND GETKEYSANDFLAGS BITFIELD k SET u8 0 1
    COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 INCRBY u8 0 1
    COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 GET u8 1
    COMMAND GETKEYSANDFLAGS BITFIELD k FOO
    COMMAND GETKEYSANDFLAGS BITFIELD k GET u8
    COMMAND GETKEYSANDFLAGS BITFIELD k OVERFLOW WRAP GET u8 1
    COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 OVERFLOW
    COMMAND GETKEYSANDFLAGS BITFIELD_RO k SET u8 0 1
    COMMAND GETKEYSANDFLAGS BITOP AND d a b
    COMMAND GETKEYSANDFLAGS BITOP XYZ d a
    COMMAND GETKEYSANDFLAGS SETBIT k 1 1
    COMMAND GETKEYS BITCOUNT k a b c
    COMMAND GETKEYS BITPOS k 1
  `,
});

const told = family("bits", {
  "BITCOUNT: expired keys": s`
    ${
    [
      "GETBIT k 1",
      "BITCOUNT k",
      "BITPOS k 0",
      "BITFIELD k GET u8 0",
      "BITOP OR d k",
      "BITOP OR k x",
    ]
      .map((command) => `SET x abc\nSET k v PX 1\n!sleep 5\n${command}\nEXISTS k\nTTL k\nDBSIZE`)
      .join("\n")
  }
    SET k v PX 1
    !sleep 5
    BITFIELD k SET u8 100 1
    GET k
    TTL k
  `,
  "SETBIT: events": s`
    CONFIG SET notify-keyspace-events AKEmn
    @e PSUBSCRIBE __keyevent@0__:*
    SETBIT a 7 0
    SETBIT a 7 0
    SETBIT a 7 1
    SETBIT a 7 1
    SETBIT a 100 0
    GETBIT m 3
    BITCOUNT m
    BITPOS m 1
    BITOP AND d a m
    BITOP AND d m m2
    BITOP AND d m
    BITOP OR d a
    BITOP OR d a
    BITFIELD m GET u8 0
    BITFIELD m SET u8 0 0
    BITFIELD m SET u8 0 5 SET u8 0 6
    BITFIELD m SET u8 0 6
    BITFIELD m3 OVERFLOW FAIL INCRBY u2 0 5
    BITFIELD m OVERFLOW FAIL INCRBY u2 0 5
    BITFIELD m
    BITFIELD_RO m2 GET u8 0
    @e < 23
    @e !silent 20
  `,
  "SETBIT: classes of events": s`
    CONFIG SET notify-keyspace-events E$
    @e PSUBSCRIBE __keyevent@0__:*
    SETBIT a 7 1
    BITOP OR d a
    BITOP OR d m
    BITFIELD a SET u8 0 5
    @e < 3
    @e !silent 20
    CONFIG SET notify-keyspace-events Eg
    SETBIT d 7 1
    BITOP OR d m
    @e < 1
    @e !silent 20
  `,
  "SETBIT: what watchers see": s`
    SETBIT k 7 1
    WATCH k
    @b SETBIT k 7 1
    @b BITFIELD k SET u8 0 1
    @b BITFIELD k OVERFLOW FAIL INCRBY u2 0 9
    @b BITOP OR none missing
    MULTI
    PING
    EXEC
    WATCH k
    @b SETBIT k 8 0
    MULTI
    PING
    EXEC
    WATCH k
    @b BITFIELD k INCRBY u8 0 1
    MULTI
    PING
    EXEC
    WATCH d
    @b BITOP NOT d k
    MULTI
    SETBIT k 9 1
    BITCOUNT k
    BITOP XYZ d k
    BITOP NOT d k
    EXEC
    GET k
  `,
});

export const bitsChecks = [...single, ...counting, ...combining, ...fields, ...told];

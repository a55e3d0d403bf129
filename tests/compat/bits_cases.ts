/** Comparison cases of the bitmap commands. */

import { family } from "./check.ts";

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

export const bitsChecks = [...single, ...counting];

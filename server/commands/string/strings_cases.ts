/** Comparison cases of the string commands; SET and the counters have their own files. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

const reads = family("strings", {
  "GET: missing, present, arity": s`
    GET
    GET a b
    GET missing
    SET k value
    GET k
    get k
    GeT k
    SET "" "empty key"
    GET ""
    SET empty ""
    GET empty
  `,
  "GET: binary keys and values": s`
    SET "\x00\xff\r\n k" "\r\n\x00\x01\xfe+OK\r\n"
    GET "\x00\xff\r\n k"
    STRLEN "\x00\xff\r\n k"
    SET "ключ" "значение"
    GET "ключ"
    STRLEN "ключ"
    GET "\x00"
    SET "\x00" nul
    GET "\x00"
    GET ""
  `,
  "GET: long keys and values": s`
    SET ${"k".repeat(300)} ${"v".repeat(20000)}
    GET ${"k".repeat(300)}
    STRLEN ${"k".repeat(300)}
    SET ${"k".repeat(70000)} short
    GET ${"k".repeat(70000)}
    EXISTS ${"k".repeat(69999)}
  `,
  "STRLEN: values and arity": s`
    STRLEN
    STRLEN a b
    STRLEN missing
    SET k hello
    STRLEN k
    SET n 12345
    STRLEN n
    SET n -0012
    STRLEN n
    SET e ""
    STRLEN e
    SET m ${MIN}
    STRLEN m
  `,
  "GETRANGE: every sign and edge": s`
    GETRANGE
    GETRANGE k 0
    GETRANGE k 0 1 2
    GETRANGE missing 0 -1
    SET k "Hello World"
    GETRANGE k 0 -1
    GETRANGE k 0 0
    GETRANGE k -1 -1
    GETRANGE k 0 4
    GETRANGE k -5 -1
    GETRANGE k 5 2
    GETRANGE k -3 -6
    GETRANGE k 0 100
    GETRANGE k 100 200
    GETRANGE k -100 100
    GETRANGE k -100 -50
    GETRANGE k -100 -12
    GETRANGE k -100 -11
    GETRANGE k 11 11
    GETRANGE k 10 10
    GETRANGE k 0 ${MAX}
    GETRANGE k ${MIN} ${MAX}
    GETRANGE k ${MIN} -1
    GETRANGE k 0 9223372036854775808
    GETRANGE k a 1
    GETRANGE k 0 b
    GETRANGE k 0 1.0
    GETRANGE k "" 1
    GETRANGE missing a b
    SET n 1234567
    GETRANGE n 2 4
    GETRANGE n -2 -1
    SET e ""
    GETRANGE e 0 -1
    GETRANGE e 0 0
    GETRANGE e -1 -1
  `,
  "SUBSTR: the old name": s`
    SUBSTR
    SUBSTR k 0
    SUBSTR k 0 1 2
    SUBSTR missing 0 -1
    SET k "Hello World"
    SUBSTR k 0 -1
    SUBSTR k 2 4
    SUBSTR k -3 -1
    SUBSTR k 5 1
    SUBSTR k x 1
  `,
  "MGET: order, repeats, missing": s`
    MGET
    MGET a
    MSET a 1 b two
    MGET a
    MGET a b
    MGET b a missing a b
    MGET missing1 missing2
    MGET "" "\x00"
  `,
});

const writes = family("strings", {
  "MSET: pairs, repeats, arity": s`
    MSET
    MSET a
    MSET a 1
    MSET a 1 b
    MSET a 1 b 2 c
    MGET a b c
    MSET a x b y a z
    MGET a b
    SET e v EX 1000
    MSET e w
    TTL e
    MSET "" "" "\x00" "\x00"
    MGET "" "\x00"
  `,
  "MSETNX: all or nothing": s`
    MSETNX
    MSETNX a
    MSETNX a 1 b
    MSETNX a 1 b 2
    MGET a b
    MSETNX c 3 a 9
    MGET a b c
    MSETNX d 1 d 2
    GET d
    MSETNX d 3 d 4
    GET d
    SET gone v EXAT 1
    MSETNX gone fresh other x
    MGET gone other
  `,
  "APPEND: to missing, string, integer": s`
    APPEND
    APPEND k
    APPEND k a b
    APPEND k ""
    EXISTS k
    GET k
    APPEND k hello
    APPEND k " world"
    GET k
    SET n 12
    APPEND n 34
    GET n
    INCR n
    OBJECT ENCODING n
    APPEND n ""
    OBJECT ENCODING n
    SET t v EX 1000
    APPEND t w
    ~near:1 TTL t
    APPEND b "\x00\xff"
    APPEND b "\r\n"
    GET b
  `,
  "SETRANGE: padding, bounds, errors": s`
    SETRANGE
    SETRANGE k 0
    SETRANGE k 0 a b
    SETRANGE missing 0 ""
    EXISTS missing
    SETRANGE missing 10 ""
    EXISTS missing
    SETRANGE k 5 abc
    GET k
    SETRANGE k 0 "\x01"
    GET k
    SETRANGE k 2 ""
    SETRANGE k 100 ""
    STRLEN k
    SETRANGE k -1 x
    SETRANGE missing -1 x
    SETRANGE k a x
    SETRANGE k 1.5 x
    SETRANGE k 536870912 x
    SETRANGE k 536870911 xy
    SETRANGE missing 536870912 x
    SETRANGE k ${MAX} x
    SETRANGE k ${MAX} ""
    SETRANGE k 9223372036854775808 x
    SET n 12345
    SETRANGE n 1 99
    GET n
    OBJECT ENCODING n
    SET h "Hello World"
    SETRANGE h 6 Redis
    GET h
    SETRANGE h 6 "Redis, longer"
    GET h
    SET t v EX 1000
    SETRANGE t 1 w
    ~near:1 TTL t
  `,
  "SETNX: only when missing": s`
    SETNX
    SETNX k
    SETNX k v w
    SETNX k v
    SETNX k w
    GET k
    SET e v PX 100000
    SETNX e w
    ~near:2 TTL e
    SET gone v EXAT 1
    SETNX gone fresh
    GET gone
    TTL gone
  `,
  "SETEX: expiry and errors": s`
    SETEX
    SETEX k 10
    SETEX k 10 v w
    SETEX k 1000 v
    GET k
    ~near:1 TTL k
    SETEX k 0 v
    SETEX k -1 v
    SETEX k abc v
    SETEX k 1.5 v
    SETEX k "" v
    SETEX k ${MAX} v
    SETEX k 9223372036854775 v
    SETEX k 9223372036854776 v
    SETEX k 9223370000000000 v
    SETEX k ${MIN} v
    SETEX k 9223372036854775808 v
    GET k
  `,
  "PSETEX: expiry and errors": s`
    PSETEX
    PSETEX k 10
    PSETEX k 10 v w
    PSETEX k 1000000 v
    GET k
    ~near:1000 PTTL k
    PSETEX k 0 v
    PSETEX k -1 v
    PSETEX k abc v
    PSETEX k ${MAX} v
    PSETEX k 9223370000000000000 v
    PSETEX k ${MIN} v
    PSETEX k 9223372036854775808 v
  `,
  "GETSET: old value, clears expiry": s`
    GETSET
    GETSET k
    GETSET k v w
    GETSET k v
    GETSET k w
    GET k
    SET k v EX 1000
    GETSET k x
    TTL k
    GETSET k ""
    GETSET k 12
    OBJECT ENCODING k
  `,
  "GETDEL: value and deletion": s`
    GETDEL
    GETDEL a b
    GETDEL missing
    SET k v
    GETDEL k
    GETDEL k
    EXISTS k
    SET n 12 EX 100
    GETDEL n
    TTL n
  `,
  "GETEX: options": s`
    GETEX
    GETEX missing
    GETEX missing EX 100
    SET k v
    GETEX k
    TTL k
    GETEX k EX 1000
    ~near:1 TTL k
    GETEX k
    ~near:1 TTL k
    GETEX k PX 2000000
    ~near:1000 PTTL k
    GETEX k EXAT {now+5000}
    EXPIRETIME k
    GETEX k PXAT {nowms+7000123}
    PEXPIRETIME k
    GETEX k PERSIST
    TTL k
    GETEX k persist
    GETEX k ex 100
    GETEX k EXAT 1
    EXISTS k
    SET k v
    GETEX k PXAT 1
    GET k
  `,
  "GETEX: errors": s`
    SET k v
    GETEX k EX
    GETEX k EX 0
    GETEX k EX -1
    GETEX k EX abc
    GETEX k EX 1.5
    GETEX k EX ${MAX}
    GETEX k EX 9223372036854775
    GETEX k EX 9223372036854775808
    GETEX k PX 0
    GETEX k PX -5
    GETEX k PX ${MAX}
    GETEX k EXAT 0
    GETEX k EXAT -1
    GETEX k EXAT ${MAX}
    GETEX k PXAT 0
    GETEX k PXAT ${MIN}
    GETEX k PXAT ${MAX}
    GETEX k PERSIST
    GETEX k EX 10 PERSIST
    GETEX k PERSIST EX 10
    GETEX k EX 10 PX 10
    GETEX k EX 10 EX 20
    GETEX k PERSIST PERSIST
    GETEX k PX 10 EXAT 100
    GETEX k NX
    GETEX k KEEPTTL
    GETEX k GET
    GETEX k bogus
    GETEX k EX 10 bogus
    GETEX k ""
    GETEX missing EX abc
    GETEX missing EX 0
    GETEX missing bogus
    GET k
    TTL k
  `,
});

/** The cases of this file. */
export const stringChecks = [...reads, ...writes];

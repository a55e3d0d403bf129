/** Comparison cases of the string commands, SET apart (see set_cases.ts). */

import { family } from "./check.ts";

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

const counters = family("strings", {
  "INCR: from nothing, strings, overflow": s`
    INCR
    INCR a b
    INCR n
    INCR n
    GET n
    OBJECT ENCODING n
    SET n 41
    INCR n
    SET n ${MAX}
    INCR n
    GET n
    SET n 9223372036854775806
    INCR n
    INCR n
    SET n ${MIN}
    INCR n
    SET n -1
    INCR n
    INCR n
    SET n 9223372036854775808
    INCR n
    SET n -9223372036854775809
    INCR n
    SET t 5 EX 1000
    INCR t
    ~near:1 TTL t
  `,
  "INCR: what is no integer": s`
    SET n ""
    INCR n
    SET n abc
    INCR n
    SET n " 1"
    INCR n
    SET n "1 "
    INCR n
    SET n +1
    INCR n
    SET n 01
    INCR n
    SET n -0
    INCR n
    SET n 0
    INCR n
    SET n 1.0
    INCR n
    SET n 1e3
    INCR n
    SET n 0x10
    INCR n
    SET n "1\x00"
    INCR n
    SET n "-"
    INCR n
    SET n 00
    INCR n
    SET n 123456789012345678901234567890
    INCR n
    GET n
  `,
  "DECR: from nothing, overflow": s`
    DECR
    DECR a b
    DECR n
    DECR n
    GET n
    SET n ${MIN}
    DECR n
    GET n
    SET n -9223372036854775807
    DECR n
    DECR n
    SET n abc
    DECR n
    SET n ${MAX}
    DECR n
    SET t 5 EX 1000
    DECR t
    ~near:1 TTL t
  `,
  "INCRBY: amounts and overflow": s`
    INCRBY
    INCRBY n
    INCRBY n 1 2
    INCRBY n 5
    INCRBY n -7
    INCRBY n 0
    INCRBY n abc
    INCRBY n 1.5
    INCRBY n ""
    INCRBY n " 1"
    INCRBY n +1
    INCRBY n ${MAX}
    INCRBY n ${MAX}
    INCRBY n 9223372036854775808
    GET n
    SET n 0
    INCRBY n ${MIN}
    INCRBY n -1
    INCRBY n ${MIN}
    SET n -1
    INCRBY n ${MIN}
    SET n 1
    INCRBY n ${MIN}
    SET n abc
    INCRBY n 1
    INCRBY n abc
    INCRBY missing abc
    EXISTS missing
  `,
  "DECRBY: amounts and overflow": s`
    DECRBY
    DECRBY n
    DECRBY n 1 2
    DECRBY n 5
    DECRBY n -7
    DECRBY n 0
    DECRBY n abc
    DECRBY n 1.5
    DECRBY n ${MIN}
    DECRBY n -9223372036854775807
    DECRBY n -9223372036854775807
    DECRBY n 9223372036854775808
    SET n 0
    DECRBY n ${MAX}
    DECRBY n 1
    DECRBY n 1
    GET n
    SET n abc
    DECRBY n 1
    DECRBY missing abc
    DECRBY missing ${MIN}
    EXISTS missing
  `,
  "INCRBYFLOAT: sums and forms": s`
    INCRBYFLOAT
    INCRBYFLOAT f
    INCRBYFLOAT f 1 2
    INCRBYFLOAT f 10.50
    INCRBYFLOAT f 0.1
    INCRBYFLOAT f -5
    INCRBYFLOAT f 5.0e3
    INCRBYFLOAT f 0
    INCRBYFLOAT f -0.0
    GET f
    OBJECT ENCODING f
    SET f 3.0
    INCRBYFLOAT f 1
    GET f
    OBJECT ENCODING f
    SET f 5.0e3
    INCRBYFLOAT f 2.0e2
    SET f 0.1
    INCRBYFLOAT f 0.2
    INCRBYFLOAT f 0.7
    SET f 1
    INCRBYFLOAT f 0.00000001
    INCRBYFLOAT f 1e-17
    INCRBYFLOAT f 1e-18
    SET f 1e20
    INCRBYFLOAT f 1
    SET f ${MAX}
    INCRBYFLOAT f 1
    SET f 1e300
    INCRBYFLOAT f 1
    SET f -1.5
    INCRBYFLOAT f 1.5
    SET f 3
    INCRBYFLOAT f 1.000000000000000005
    SET f 0x10
    INCRBYFLOAT f 0x1
    SET t 5 EX 1000
    INCRBYFLOAT t 1.5
    ~near:1 TTL t
  `,
  "INCRBYFLOAT: rounding of long doubles": s`
    SET f 1.1
    INCRBYFLOAT f 2.2
    SET f 123456789.123456789
    INCRBYFLOAT f 0.000000001
    SET f 3.14159265358979323846
    INCRBYFLOAT f 0
    SET f 0.30000000000000004
    INCRBYFLOAT f 0
    SET f 1e17
    INCRBYFLOAT f 0.5
    SET f 12345678901234567890
    INCRBYFLOAT f 0.25
    SET f 1e-10
    INCRBYFLOAT f 1e-10
    SET f 1e-20
    INCRBYFLOAT f 0
    SET f 1.99999999999999999
    INCRBYFLOAT f 0
    SET f 999999999999999999
    INCRBYFLOAT f 0.999
    SET f 18446744073709551616
    INCRBYFLOAT f 1
    SET f 1e4000
    INCRBYFLOAT f 1
  `,
  "INCRBYFLOAT: errors": s`
    SET f abc
    INCRBYFLOAT f 1
    SET f 1
    INCRBYFLOAT f abc
    INCRBYFLOAT f ""
    INCRBYFLOAT f " 1"
    INCRBYFLOAT f "1 "
    INCRBYFLOAT f 1,5
    INCRBYFLOAT f nan
    INCRBYFLOAT f NaN
    INCRBYFLOAT f inf
    INCRBYFLOAT f -inf
    INCRBYFLOAT f +infinity
    INCRBYFLOAT f "1\x00"
    INCRBYFLOAT f 1e
    INCRBYFLOAT f .5
    INCRBYFLOAT f +.5
    INCRBYFLOAT f 5.
    INCRBYFLOAT f 1e5000
    SET f ""
    INCRBYFLOAT f 1
    SET f " 1"
    INCRBYFLOAT f 1
    SET f "1 "
    INCRBYFLOAT f 1
    SET f nan
    INCRBYFLOAT f 1
    SET f inf
    INCRBYFLOAT f 1
    SET f 1e308
    INCRBYFLOAT f 1e308
    INCRBYFLOAT missing abc
    EXISTS missing
  `,
});

/** The cases of this file. */
export const stringChecks = [...reads, ...writes, ...counters];

/** Comparison cases of the commands that count: INCR, DECR and their relatives. */

import { family } from "./check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

/** The cases of this file. */
export const counterChecks = family("strings", {
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

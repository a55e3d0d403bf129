/** Comparison cases of the hash commands that the real server has; field expiry has its own tests. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";
const LONG = "x".repeat(65);
const LIMIT = "x".repeat(64);
const BINARY = s`"\x00\xff\r\n f"`;

/** Fields and values of a large hash. */
function manyPairs(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `f${from + i} v${from + i}`).join(" ");
}

const writes = family("hash", {
  "HSET: new and old fields, arity": s`
    HSET
    HSET k
    HSET k f
    HSET k f v
    HSET k f v2
    HSET k f v3 g w
    HSET k f
    HSET k f v g
    HSET k a 1 b 2 a 3
    ~pairs HGETALL k
    HLEN k
    hset k "" "" c 1
    HGET k ""
    HSET "" f v
    HGET "" f
  `,
  "HSET: binary fields and values": s`
    HSET ${BINARY} ${BINARY} "\x00\x01+OK\r\n"
    HGET ${BINARY} ${BINARY}
    HSTRLEN ${BINARY} ${BINARY}
    HSET k "ключ" "значение"
    HGET k "ключ"
    HSTRLEN k "ключ"
    HKEYS k
    HVALS k
  `,
  "HSET: values that read as integers come back as they were": s`
    HSET k 1 2 -1 -2 007 008 +1 +2 " 1" "1 " -0 -0 1.0 1e3 ${MAX} ${MIN} 9223372036854775808 0
    HGETALL k
    HMGET k 1 -1 007 +1 " 1" -0 1.0 ${MAX} 9223372036854775808 7 1.00
    HSET k 127 128 128 127 4095 4096 4096 -4096 32767 -32768 32768 65536 8388607 -8388609
    HSET k 2147483647 2147483648 -2147483648 -2147483649 4294967296 0
    HGETALL k
    OBJECT ENCODING k
  `,
  "HSET: wrong type": s`
    SET s v
    HSET s f v
    HSETNX s f v
    HMSET s f v
    HGET s f
    HMGET s f g
    HGETALL s
    HKEYS s
    HVALS s
    HLEN s
    HEXISTS s f
    HSTRLEN s f
    HDEL s f
    HINCRBY s f 1
    HINCRBYFLOAT s f 1
    HRANDFIELD s
    HRANDFIELD s 1
    HRANDFIELD s -1 WITHVALUES
    HSCAN s 0
    HSCAN s x
    HSCAN s 0 COUNT 0
    HSET h f v
    GET h
    INCR h
    APPEND h x
    TYPE h
  `,
  "HMSET: the older form": s`
    HMSET
    HMSET k f
    HMSET k f v g
    HMSET k f v g w
    HMSET k f 1
    HGETALL k
    TYPE k
  `,
  "HSETNX: sets once": s`
    HSETNX
    HSETNX k f
    HSETNX k f v
    HSETNX k f w
    HGET k f
    HSETNX k g w extra
    HSETNX k g w
    HSETNX k ${LONG} w
    OBJECT ENCODING k
  `,
  "HDEL: fields, the last one takes the key": s`
    HDEL
    HDEL k
    HDEL k f
    HSET k a 1 b 2 c 3
    HDEL k a x
    HDEL k b b
    HDEL k c
    EXISTS k
    TYPE k
    HSET k a 1 b 2
    HDEL k x y a b a b
    EXISTS k
    HSET k ${LONG} 1
    HDEL k ${LONG}
    EXISTS k
  `,
  "DEL, RENAME, COPY, EXPIRE of hashes": s`
    HSET k a 1 b 2
    RENAME k l
    HGETALL l
    COPY l m
    HSET m a 9
    HGETALL l
    HGETALL m
    HSET big ${manyPairs(600)}
    COPY big copy
    HLEN copy
    HGET copy f599
    OBJECT ENCODING copy
    HDEL copy f599
    HGET big f599
    EXPIRE big 1000
    ~pairs HGETALL big
    PERSIST big
    RENAME big l
    HLEN l
    HMGET l f0 f1 a
    DEL l copy m
    DBSIZE
    HSET k f v
    SET k string
    GET k
  `,
});

const counters = family("hash", {
  "HINCRBY: sums, bounds and errors": s`
    HINCRBY
    HINCRBY k f
    HINCRBY k f x
    EXISTS k
    HINCRBY k f 5
    HINCRBY k f -7
    HINCRBY k f 1.5
    HINCRBY k f " 1"
    HINCRBY k f ${MAX}
    HINCRBY k f ${MAX}
    HINCRBY k g ${MIN}
    HINCRBY k g -1
    HINCRBY k g 9223372036854775808
    HINCRBY k g 0
    HGETALL k
    HSET k t text e "" sp "1 " lead " 1" oct 010 plus +1 fl 1.5
    HINCRBY k t 1
    HINCRBY k e 1
    HINCRBY k sp 1
    HINCRBY k lead 1
    HINCRBY k oct 1
    HINCRBY k plus 1
    HINCRBY k fl 1
    HINCRBY new ${LONG} 1
    OBJECT ENCODING new
  `,
  "HINCRBYFLOAT: sums, forms and errors": s`
    HINCRBYFLOAT
    HINCRBYFLOAT k f
    HINCRBYFLOAT k f x
    EXISTS k
    HINCRBYFLOAT k f 10.50
    HINCRBYFLOAT k f 0.1
    HINCRBYFLOAT k f -5
    HINCRBYFLOAT k f 5.0e3
    HINCRBYFLOAT k f inf
    HINCRBYFLOAT k f -inf
    HINCRBYFLOAT k f nan
    HINCRBYFLOAT k f " 1"
    HINCRBYFLOAT k f ""
    HINCRBYFLOAT k z 0
    HINCRBYFLOAT k z -0.0
    HINCRBYFLOAT k big 1e4932
    HINCRBYFLOAT k big 1e4932
    HINCRBYFLOAT k i 3
    HINCRBY k i 1
    HINCRBYFLOAT k f 0.2
    HINCRBY k f 1
    HSET k t text e "" sp "1 " lead " 1" inf inf
    HINCRBYFLOAT k t 1
    HINCRBYFLOAT k e 1
    HINCRBYFLOAT k sp 1
    HINCRBYFLOAT k lead 1
    HINCRBYFLOAT k inf 1
    ~pairs HGETALL k
    OBJECT ENCODING k
    HINCRBYFLOAT wide a 1e70
    OBJECT ENCODING wide
    HGET wide a
    HINCRBYFLOAT wide2 ${LONG} 1
    OBJECT ENCODING wide2
  `,
});

const reads = family("hash", {
  "HGET, HMGET, HEXISTS, HSTRLEN: present, absent, arity": s`
    HGET
    HGET k
    HGET k f g
    HGET k f
    HMGET
    HMGET k
    HMGET k f g
    HEXISTS k
    HEXISTS k f
    HEXISTS k f g
    HSTRLEN k
    HSTRLEN k f
    HSET k f hello n 12345 m ${MIN} e ""
    HGET k f
    HGET k x
    HMGET k f x n f
    HEXISTS k f
    HEXISTS k x
    HSTRLEN k f
    HSTRLEN k n
    HSTRLEN k m
    HSTRLEN k e
    HSTRLEN k x
  `,
  "HGETALL, HKEYS, HVALS, HLEN: empty, small and large": s`
    HGETALL
    HGETALL k l
    HGETALL k
    HKEYS k
    HVALS k
    HLEN k
    HLEN
    HKEYS
    HVALS k l
    HSET k a 1 b two
    HGETALL k
    HKEYS k
    HVALS k
    HLEN k
    HSET k ${manyPairs(700)}
    ~pairs HGETALL k
    ~unordered HKEYS k
    ~unordered HVALS k
    HLEN k
  `,
  "HSCAN: options and errors": s`
    HSCAN
    HSCAN k
    HSCAN k 0
    HSCAN k x
    HSCAN k 0 COUNT 0
    HSCAN k 0 bogus
    HSET k a 1 b 2 ab 3 3 33 "" empty
    HSCAN k 0
    HSCAN k 5
    HSCAN k 0 COUNT 1
    HSCAN k 0 MATCH a*
    HSCAN k 0 match * count 2
    HSCAN k 0 MATCH ""
    HSCAN k 0 MATCH 3
    HSCAN k 0 MATCH nothing
    HSCAN k 0 COUNT 0
    HSCAN k 0 COUNT -1
    HSCAN k 0 COUNT x
    HSCAN k 0 COUNT 9223372036854775808
    HSCAN k 0 COUNT
    HSCAN k 0 MATCH
    HSCAN k 0 TYPE hash
    HSCAN k 0 MATCH a* COUNT
    HSCAN k -1
    HSCAN k 18446744073709551615
    HSCAN k 18446744073709551616
    HSCAN k 1x
    HSCAN k ""
    HSCAN k " 0"
    HSCAN k +0
    DEL k
    HSET k ${manyPairs(700)}
    ~unordered HSCAN k 0 COUNT 100000
    ~unordered HSCAN k 0 COUNT 100000 MATCH f6*
    ~unordered HSCAN k 0 COUNT ${MAX} MATCH f69?
  `,
  "HRANDFIELD: counts and errors": s`
    HRANDFIELD
    HRANDFIELD k
    HRANDFIELD k 0
    HRANDFIELD k 5
    HRANDFIELD k -5
    HRANDFIELD k x
    HRANDFIELD k 1 bogus
    HRANDFIELD k 1 WITHVALUES bogus
    HRANDFIELD k x bogus
    HRANDFIELD k ${MIN}
    HRANDFIELD k -9223372036854775809
    HRANDFIELD k 4611686018427387904 WITHVALUES
    HRANDFIELD k 4611686018427387903 WITHVALUES
    HRANDFIELD k -4611686018427387904 WITHVALUES
    HRANDFIELD k ${MAX}
    HRANDFIELD k ${MAX} WITHVALUES
    HSET k f v
    HRANDFIELD k
    HRANDFIELD k 0
    HRANDFIELD k 0 WITHVALUES
    HRANDFIELD k 1
    HRANDFIELD k 2
    HRANDFIELD k 1 withvalues
    HRANDFIELD k ${MAX}
    HRANDFIELD k -3
    HRANDFIELD k -3 WITHVALUES
    HRANDFIELD k ${MIN}
    HRANDFIELD k ${MIN} WITHVALUES
    HRANDFIELD k 4611686018427387904 WITHVALUES
    HRANDFIELD k -4611686018427387904 bogus
    HSET k a 1 b 2 c 3
    ~unordered HRANDFIELD k 4
    ~unordered HRANDFIELD k 10
    ~shape HRANDFIELD k 2
    ~shape HRANDFIELD k 2 WITHVALUES
    ~shape HRANDFIELD k -9
    ~shape HRANDFIELD k -9 WITHVALUES
    ~shape HRANDFIELD k
    HSET k ${manyPairs(700)}
    ~shape HRANDFIELD k
    ~shape HRANDFIELD k 5
    ~shape HRANDFIELD k 5 WITHVALUES
    ~shape HRANDFIELD k 400 WITHVALUES
    ~shape HRANDFIELD k -900 WITHVALUES
    ~unordered HRANDFIELD k 704
    ~unordered HRANDFIELD k 100000
  `,
});

const encodings = family("hash", {
  "OBJECT: encodings by number of fields": s`
    HSET k ${manyPairs(512)}
    OBJECT ENCODING k
    HSET k f0 again
    OBJECT ENCODING k
    HSET k one more
    OBJECT ENCODING k
    HDEL k one f1 f2
    OBJECT ENCODING k
    HSET l ${manyPairs(300)} ${manyPairs(300)}
    OBJECT ENCODING l
    HSET m ${manyPairs(513)}
    OBJECT ENCODING m
    CONFIG SET hash-max-listpack-entries 3
    HSET n a 1 b 2 c 3
    OBJECT ENCODING n
    HSETNX n d 4
    OBJECT ENCODING n
    HSET o a 1 b 2 c 3
    HINCRBY o d 4
    OBJECT ENCODING o
    CONFIG SET hash-max-listpack-entries 512
    HSET p ${manyPairs(5)}
    CONFIG SET hash-max-listpack-entries 2
    OBJECT ENCODING p
    HSET p f0 x
    OBJECT ENCODING p
    CONFIG SET hash-max-listpack-entries 0
    HSET q a 1
    OBJECT ENCODING q
    HINCRBY r a 1
    OBJECT ENCODING r
    HINCRBYFLOAT t a 1.5
    OBJECT ENCODING t
  `,
  "OBJECT: encodings by length": s`
    HSET k ${LIMIT} ${LIMIT}
    OBJECT ENCODING k
    HSET k f ${LONG}
    OBJECT ENCODING k
    HSET k f short
    OBJECT ENCODING k
    HSET l ${LONG} v
    OBJECT ENCODING l
    HSETNX m f ${LONG}
    OBJECT ENCODING m
    HSET n a 1
    HSET n a ${LONG}
    OBJECT ENCODING n
    HSET o a 1
    HSETNX o a ${LONG}
    OBJECT ENCODING o
    HINCRBY o ${LONG} 1
    OBJECT ENCODING o
    CONFIG SET hash-max-listpack-value 4
    HSET p a 12345
    OBJECT ENCODING p
    HSET q a 1234
    OBJECT ENCODING q
    HINCRBY q a 10000
    OBJECT ENCODING q
    HINCRBYFLOAT r a 1.23456
    OBJECT ENCODING r
    CONFIG SET hash-max-listpack-value 0
    HSET t "" ""
    OBJECT ENCODING t
    HSET u a ""
    OBJECT ENCODING u
    CONFIG SET hash-max-listpack-value 100000
    HSET v f ${"y".repeat(20000)} g ${"z".repeat(5000)}
    OBJECT ENCODING v
    HSTRLEN v f
    HSET v f 1
    ~pairs HGETALL v
  `,
  "HSET: long values": s`
    HSET k f ${"v".repeat(300)}
    HSET k f ${"w".repeat(310)}
    HGET k f
    HSET k f ${"v".repeat(70000)} g 1
    HGET k f
    HSET k f ${"v".repeat(20)}
    HGET k f
    HSET k ${"f".repeat(70000)} ${"v".repeat(9000)}
    HGET k ${"f".repeat(70000)}
    HSTRLEN k ${"f".repeat(70000)}
    HDEL k ${"f".repeat(70000)}
    ~pairs HGETALL k
  `,
});

export const hashChecks = [...writes, ...counters, ...reads, ...encodings];

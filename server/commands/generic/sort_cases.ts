/** Comparison cases of SORT and SORT_RO. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const sortChecks = family("SORT", {
  "SORT: numbers": s`
    RPUSH l 3 1 2 10 -5 1.5 1.5 1e2 0x10 inf -inf +5 05 5.0 5 -0 0
    SORT l
    SORT l ASC
    SORT l DESC
    SORT l DESC ASC
    sort l limit 1 3 desc
    SORT l LIMIT 0 4
    SORT l LIMIT 3 -1
    SORT l LIMIT -3 2
    SORT l LIMIT 5 0
    SORT l LIMIT 100 5
    SORT l LIMIT 15 5
    SORT l LIMIT 0 -5
    SORT l LIMIT 2 3 LIMIT 1 2
    SORT l LIMIT 9223372036854775807 9223372036854775807
    SORT l LIMIT -9223372036854775808 -9223372036854775808
    RPUSH odd "" " 5" "\t-7" "12\x00abc" "\x00" "11\x00"
    SORT odd
    SORT odd DESC
    SORT odd ALPHA
    RPUSH dup b a b a 1 1
    SORT dup ALPHA
    SORT dup ALPHA DESC LIMIT 1 3
    RPUSH big 9223372036854775807 9223372036854775806 -9223372036854775808 9007199254740993
    SORT big
  `,
  "SORT: what is no number": s`
    RPUSH a x
    SORT a
    SORT a LIMIT 5 5
    SORT a STORE d
    SORT a ALPHA
    RPUSH b 1 nan
    SORT b
    RPUSH c "5 "
    SORT c
    RPUSH f " "
    SORT f
    RPUSH h 1_0
    SORT h
    RPUSH i 5 "x\x005"
    SORT i
    RPUSH j 2.2250738585072014e-308 1.7976931348623157e308
    SORT j
    SET wx abc
    SORT a BY w*
    SORT a BY w* ALPHA
    # From the first number that is out of range on the oracle finds none right in this connection.
    RPUSH d 1e400
    SORT d
    RPUSH e 1e-320
    @b SORT e
    RPUSH g 1e-400
    @c SORT g
  `,
  "SORT: bytes": s`
    RPUSH l b a C c B A ab abc "" "a\x00z" "a\x00b" "\xff" 10 9 1
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l ALPHA LIMIT 2 5
    SORT l alpha limit 2 5 desc
    SORT l ALPHA STORE d
    LRANGE d 0 -1
    SORT l ALPHA DESC STORE d
    LRANGE d 0 -1
    SORT l ALPHA LIMIT 2 5 STORE d
    LRANGE d 0 -1
  `,
  "SORT: sets and sorted sets": s`
    SADD ints 5 3 10 -1 2
    SORT ints
    SORT ints DESC LIMIT 1 2
    SORT ints BY nosort
    SORT ints BY nosort LIMIT 1 2
    SORT ints BY nosort STORE d
    LRANGE d 0 -1
    SORT ints BY nosort DESC LIMIT 0 2 STORE d
    LRANGE d 0 -1
    OBJECT ENCODING ints
    SADD mixed 5 a 10 b
    SORT mixed
    SORT mixed ALPHA
    SORT mixed ALPHA DESC
    ~unordered SORT mixed BY nosort
    SORT mixed BY nosort STORE d
    LRANGE d 0 -1
    ZADD z 3 a 1 b 2 c 2 d
    OBJECT ENCODING z
    SORT z BY nosort
    OBJECT ENCODING z
    SORT z BY nosort DESC
    SORT z BY nosort LIMIT 1 2
    SORT z BY nosort DESC LIMIT 1 2
    SORT z BY nosort DESC LIMIT 3 9
    SORT z BY nosort LIMIT 4 1
    SORT z BY nosort ALPHA DESC
    SORT z BY nosort STORE d
    LRANGE d 0 -1
    SORT z BY nosort DESC LIMIT 0 2 STORE d
    LRANGE d 0 -1
    SORT z ALPHA
    SORT z
    ZADD zn 3 10 1 20 2 -1
    SORT zn
    SORT zn DESC LIMIT 0 1
    ZADD one 1 5
    SORT one LIMIT 9 9 BY x
    OBJECT ENCODING one
  `,
  "SORT: BY": s`
    RPUSH l 1 2 3 4 x
    MSET w1 3 w2 2 w3 1 wx -1 v1suffix b v2suffix a vxsuffix c
    SORT l BY w*
    SORT l BY w* DESC
    SORT l BY w* LIMIT 1 2
    SORT l BY v*suffix ALPHA
    SORT l BY v*suffix ALPHA DESC
    SORT l BY v*suffix
    SORT l BY missing*
    SORT l BY missing* ALPHA
    SORT l BY missing* DESC
    HSET h1 f 9 g b
    HSET h2 f 5 g a
    HSET hx f 7
    SORT l BY h*->f
    SORT l BY h*->g ALPHA
    SORT l BY h*->missing
    SORT l BY h*->
    SORT l BY h*->->f
    SORT l BY w*->f
    SORT l BY h*
    SORT l BY ->h*
    SORT l BY nosort
    SORT l BY nosort DESC
    SORT l BY nosort DESC LIMIT 1 2
    SORT l BY nosort LIMIT 1 2 ALPHA
    SORT l BY nosort LIMIT 9 2
    SORT l BY "\x00*"
    SORT l BY "w\x00*" DESC
    SORT l BY "" DESC
    SORT l BY # DESC
    SORT l BY * LIMIT 0 1
    SORT l BY w* BY nosort
    SORT l BY nosort BY w*
    SET w1 1000
    SET w2 "abc"
    SORT l BY w*
    SET w2 "-5"
    APPEND w3 0
    SORT l BY w*
    MSET t1 a t2 a t3 a t4 a tx a
    SORT l BY t* ALPHA
    SORT l BY t* ALPHA LIMIT 0 2
    MSET t1 "a\x00z" t2 "a\x00b"
    SORT l BY t* ALPHA
    SORT l BY t* ALPHA STORE d
    LRANGE d 0 -1
  `,
  "SORT: GET": s`
    RPUSH l 2 1 3
    MSET v1 one v2 22 k1x a
    HSET h1 f hf1 n 5
    HSET h3 f hf3
    SORT l GET v*
    SORT l GET # GET v* GET k*x
    SORT l GET h*->f GET #
    SORT l GET h*->n
    SORT l GET h*->
    SORT l GET h*
    SORT l GET nostar
    SORT l GET ""
    SORT l GET ##
    SORT l GET "#\x00"
    SORT l GET "\x00#"
    SORT l GET "v*\x00"
    SORT l GET v* GET v* LIMIT 1 1 DESC
    SORT l LIMIT 9 1 GET v*
    SORT l BY nosort GET v* GET h*->f
    SORT l GET v* STORE d
    LRANGE d 0 -1
    TYPE d
    SORT l GET # GET h*->f STORE d
    LRANGE d 0 -1
    SORT l GET nostar STORE d
    LRANGE d 0 -1
    SORT_RO l GET v* DESC
    RPUSH words by get store limit BY 5
    SORT words ALPHA BY nosort GET # GET store
    SORT words BY get GET by
    SORT words BY limit LIMIT 0 2 GET get*
    SADD s1 x
    SORT l GET s* BY s*
    HSET deep1 a->b c
    SORT l GET deep*->a->b
  `,
  "SORT: STORE": s`
    RPUSH l 3 1 2
    SET d string
    SORT l STORE d
    TYPE d
    LRANGE d 0 -1
    EXPIRE d 1000
    SORT l STORE d DESC
    TTL d
    LRANGE d 0 -1
    SORT l STORE d STORE e
    LRANGE e 0 -1
    SORT l LIMIT 9 9 STORE e
    EXISTS e
    SORT l LIMIT 9 9 STORE e
    SORT missing STORE d
    EXISTS d
    SORT missing
    SORT missing BY nosort LIMIT 1 2 STORE d
    SORT l STORE l
    LRANGE l 0 -1
    SORT l DESC STORE l
    LRANGE l 0 -1
    ZADD z 1 5 2 4
    SORT z STORE z
    TYPE z
    LRANGE z 0 -1
  `,
  "SORT: errors": s`
    RPUSH l 1
    SET str v
    HSET hash a 1
    SORT
    SORT str
    SORT hash
    SORT str BOGUS
    SORT str STORE d
    SORT l BOGUS
    SORT l ALPHA 1
    SORT l LIMIT
    SORT l LIMIT 1
    SORT l LIMIT x y
    SORT l LIMIT 1 y
    SORT l LIMIT 1 y BOGUS
    SORT l BOGUS LIMIT 1 y
    SORT l LIMIT 99999999999999999999 1
    SORT l LIMIT 1.5 1
    SORT l BY
    SORT l GET
    SORT l STORE
    SORT_RO l STORE d
    SORT_RO str
    SORT_RO
    SORT_RO l
    COMMAND GETKEYS SORT l STORE d
    COMMAND GETKEYS SORT l STORE d STORE e
    COMMAND GETKEYS SORT l STORE
    COMMAND GETKEYS SORT l BY STORE x GET STORE y LIMIT STORE 1 2
    COMMAND GETKEYS SORT l BY w* ASC store d
    COMMAND GETKEYSANDFLAGS SORT l STORE d
    COMMAND GETKEYS SORT_RO l BY w* STORE d
    COMMAND GETKEYSANDFLAGS SORT_RO l
  `,
  "SORT: ties": s`
    RPUSH l 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34
    RPUSH l 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50
    MSET t1 a t2 b t5 a t7 b t20 a t30 c t31 a t44 b
    SORT l BY t* ALPHA LIMIT 0 10
    SORT l BY t* ALPHA LIMIT 30 20
    SORT l BY t* ALPHA DESC LIMIT 3 20
    SORT l BY t* ALPHA
    SORT l BY t* ALPHA DESC
    SORT l BY t*
    SORT l BY none* ALPHA LIMIT 5 10
    SORT l BY none* LIMIT 5 10
  `,
  "SORT: hits and misses": s`
    RPUSH l 1 2 3
    SET w1 5
    CONFIG RESETSTAT
    SORT l BY w* GET w* GET # GET none
    SORT missing
    SORT missing STORE d
    ~lines:^(?!keyspace_hits|keyspace_misses).*$ INFO stats
  `,
  "SORT: clients that wait for the destination": s`
    RPUSH l 2 1
    @b & BLPOP d 0
    !sleep 30
    SORT l STORE d
    @b <
    EXISTS l d
  `,
});

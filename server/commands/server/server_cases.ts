/** Comparison cases of the server commands: databases, DEBUG, MEMORY, COMMAND, INFO, LOLWUT. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** Lines, or words, made from 1 to `count`. */
function range(count: number, make: (i: number) => string, between = "\n"): string {
  return Array.from({ length: count }, (_, i) => make(i + 1)).join(between);
}

const databases = family("server", {
  "ROLE: a server that stands alone": s`
    ROLE
    ROLE x
    READONLY
    READWRITE
    ASKING
    READONLY x
    MULTI
    ROLE
    ASKING
    EXEC
  `,
  "DBSIZE: counts": s`
    DBSIZE
    DBSIZE x
    MSET a 1 b 2 c 3
    DBSIZE
    DEL a
    DBSIZE
    SELECT 1
    DBSIZE
  `,
  "FLUSHDB: one database": s`
    MSET a 1 b 2
    SELECT 1
    SET c 3
    FLUSHDB
    DBSIZE
    SELECT 0
    DBSIZE
    FLUSHDB ASYNC
    DBSIZE
    FLUSHDB SYNC
    FLUSHDB sync
    FLUSHDB async
    FLUSHDB bogus
    FLUSHDB ""
    FLUSHDB SYNC ASYNC
    FLUSHDB SYNC SYNC
  `,
  "FLUSHALL: every database": s`
    MSET a 1 b 2
    SELECT 1
    SET c 3
    FLUSHALL
    DBSIZE
    SELECT 0
    DBSIZE
    FLUSHALL ASYNC
    FLUSHALL sync
    FLUSHALL bogus
    FLUSHALL SYNC ASYNC
    SET k v EX 1000
    FLUSHALL
    SET k v
    TTL k
  `,
  "SWAPDB: exchanges, errors": s`
    SWAPDB
    SWAPDB 0
    SWAPDB 0 1 2
    SET k zero
    SET e v PXAT {nowms+5000000}
    SELECT 1
    SET k one
    SWAPDB 0 1
    GET k
    PEXPIRETIME e
    SELECT 0
    GET k
    SWAPDB 0 0
    SWAPDB 1 0
    GET k
    SWAPDB a 1
    SWAPDB 0 b
    SWAPDB a b
    SWAPDB 0 16
    SWAPDB 16 0
    SWAPDB -1 0
    SWAPDB 0 1.5
    SWAPDB "" 1
    SWAPDB 9223372036854775808 1
    SWAPDB 4294967296 1
  `,
  "TIME: shape": s`
    ~shape TIME
    TIME x
  `,
  "LOLWUT: shape": s`
    ~type LOLWUT
    ~type LOLWUT VERSION 5
    ~type LOLWUT VERSION 6
    ~type LOLWUT VERSION 5 1 1 1
    ~except:[^\n]+ LOLWUT VERSION 5
    ~except:[^\n]+ LOLWUT VERSION 5 30 20 1
    ~except:[^\n]+ LOLWUT VERSION 5 10 3 7
    ~except:7.\d+.\d+|.[0-9]+\s LOLWUT VERSION 4
    ~except:[^\n]+ LOLWUT VERSION 7 3 4
    ~type LOLWUT abc
    LOLWUT VERSION abc
    ~type LOLWUT VERSION 5 abc
  `,
  "MEMORY: USAGE and errors": s`
    MEMORY
    MEMORY USAGE
    MEMORY USAGE missing
    SET k v
    ~type MEMORY USAGE k
    ~type MEMORY USAGE k SAMPLES 5
    ~type MEMORY USAGE k samples 0
    MEMORY USAGE k SAMPLES
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k SAMPLES abc
    MEMORY USAGE k SAMPLES 1.5
    MEMORY USAGE k bogus
    MEMORY USAGE k bogus 1
    MEMORY USAGE missing bogus
    MEMORY USAGE missing SAMPLES abc
    MEMORY nosuchsub
    MEMORY HELP x
    ~type MEMORY HELP
  `,
});

const memory = family("memory", {
  "maxmemory: what is refused when memory is out": s`
    MSET k v n 1 other x
    CONFIG SET maxmemory 1
    SET k w
    SET k w GET
    SETNX new v
    SETEX k 100 v
    MSET a 1
    MSETNX a 1
    APPEND k x
    SETRANGE k 0 x
    INCR n
    INCRBYFLOAT n 1
    GETSET k v
    COPY k k2
    SET
    GET k
    GETDEL k
    GETEX n EX 1000
    EXPIRE n 1000
    PERSIST n
    RENAME n m
    MOVE m 1
    DEL other
    DBSIZE
    SWAPDB 0 1
    PING
    FLUSHDB
    NOSUCHCOMMAND
    CONFIG SET maxmemory 0
    SET k v
  `,
  "maxmemory: eviction makes room": s`
    CONFIG SET maxmemory-policy allkeys-lru
    MSET a 1 b 2 c 3
    CONFIG SET maxmemory 1
    SET k v
    GET k
    CONFIG SET maxmemory-policy volatile-lru
    SET k v
    CONFIG SET maxmemory-policy noeviction
    CONFIG SET maxmemory 0
    SET k v
  `,
});

const debug = family("debug", {
  "DEBUG SLEEP: seconds": s`
    DEBUG
    DEBUG SLEEP
    DEBUG SLEEP 0
    DEBUG SLEEP 0.01
    DEBUG sleep 0
    DEBUG SLEEP abc
    DEBUG SLEEP -1
    DEBUG SLEEP 0 0
    DEBUG nosuchsub
    DEBUG nosuchsub x
    DEBUG ""
    ~type DEBUG HELP
  `,
  "DEBUG LISTPACK: what looks into values": s`
    RPUSH l 1 2 3
    HSET h a b
    ZADD z 1 a
    SADD s a b
    SADD si 1 2
    SET str hello
    SET n 5
    CONFIG SET hash-max-listpack-entries 1
    HSET hh a 1 b 2
    CONFIG SET zset-max-listpack-entries 1
    ZADD zz 1 a 2 b
    DEBUG LISTPACK h
    DEBUG LISTPACK z
    DEBUG LISTPACK si
    DEBUG LISTPACK str
    DEBUG LISTPACK missing
    DEBUG LISTPACK
    DEBUG LISTPACK h 1
    DEBUG LISTPACK hh
    DEBUG QUICKLIST l
    DEBUG QUICKLIST l 0
    DEBUG QUICKLIST l 1
    DEBUG QUICKLIST l x
    DEBUG QUICKLIST h
    DEBUG QUICKLIST missing
    DEBUG QUICKLIST
    DEBUG QUICKLIST l 1 2
    ~type DEBUG HTSTATS-KEY hh
    ~type DEBUG HTSTATS-KEY zz
    DEBUG HTSTATS-KEY hh full
    DEBUG HTSTATS-KEY si
    DEBUG HTSTATS-KEY h
    DEBUG HTSTATS-KEY missing
    DEBUG HTSTATS-KEY str
    DEBUG HTSTATS-KEY z
    DEBUG HTSTATS 99
    DEBUG HTSTATS -1
    DEBUG HTSTATS x
    DEBUG HTSTATS 0 full
    ~except:zmalloc:\s\d+ DEBUG SDSLEN str
    DEBUG SDSLEN n
    DEBUG SDSLEN l
    DEBUG SDSLEN missing
    DEBUG SDSLEN
  `,
  "DEBUG PAUSE-CRON: switches": s`
    DEBUG PAUSE-CRON 1
    SET k v PX 20
    !sleep 300
    DBSIZE
    GET k
    DBSIZE
    DEBUG PAUSE-CRON x
    DEBUG PAUSE-CRON
    DEBUG PAUSE-CRON 0
    SET k v PX 20
    !sleep 300
    DBSIZE
    DEBUG CLIENT-EVICTION
    DEBUG CLIENT-EVICTION 1
    DEBUG REPLYBUFFER
    DEBUG REPLYBUFFER PEAK-RESET-TIME
    DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER
    DEBUG REPLYBUFFER PEAK-RESET-TIME 100
    DEBUG REPLYBUFFER PEAK-RESET-TIME x
    DEBUG REPLYBUFFER PEAK-RESET-TIME RESET
    DEBUG REPLYBUFFER RESIZING 0
    DEBUG REPLYBUFFER RESIZING x
    DEBUG REPLYBUFFER RESIZING 1
    DEBUG REPLYBUFFER BOGUS 1
    DEBUG QUICKLIST-PACKED-THRESHOLD 100b
    DEBUG QUICKLIST-PACKED-THRESHOLD 1gb
    DEBUG QUICKLIST-PACKED-THRESHOLD 4gb
    DEBUG QUICKLIST-PACKED-THRESHOLD 5gb
    DEBUG QUICKLIST-PACKED-THRESHOLD x
    DEBUG QUICKLIST-PACKED-THRESHOLD -1
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG LOG "hi there"
    RESTORE r 0 "\x00\x01b\n\x00wrongsum"
    DEBUG SET-SKIP-CHECKSUM-VALIDATION 1
    RESTORE r 0 "\x00\x01b\n\x00wrongsum"
    GET r
    RESTORE r2 0 "\x00\x01b\xff\xffwrongsum"
    RESTORE r2 0 "b"
    DEBUG SET-SKIP-CHECKSUM-VALIDATION
    DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
    RESTORE r 0 "\x00\x01b\n\x00wrongsum" REPLACE
    DEBUG CONFIG-REWRITE-FORCE-ALL
    DEBUG CONFIG-REWRITE-FORCE-ALL x
    DEBUG CHANGE-REPL-ID
    DEBUG CHANGE-REPL-ID x
  `,
  "DEBUG OBJECT: shape": s`
    DEBUG OBJECT
    DEBUG OBJECT missing
    DEBUG OBJECT a b c
    SET k v
    ~fields DEBUG OBJECT k
    SET n 12
    ~fields DEBUG OBJECT n
    SET long ${"x".repeat(100)}
    ~fields DEBUG OBJECT long
    ${range(1000, (i) => `RPUSH list ${"e".repeat(i % 50)}`)}
    ~fields DEBUG OBJECT list
    CONFIG SET list-compress-depth 1
    ~fields DEBUG OBJECT list
    CONFIG SET list-compress-depth 0
    SADD set a
    ~fields DEBUG OBJECT set
  `,
  "DEBUG DIGEST: each type and encoding": s`
    DEBUG DIGEST
    DEBUG DIGEST extra
    DEBUG DIGEST-VALUE
    DEBUG DIGEST-VALUE missing
    MSET n 12 s "" t ${"x".repeat(300)} bin "\x00\xff\r\n" min -9223372036854775808
    DEBUG digest
    DEBUG DIGEST-VALUE n s t bin min missing n
    APPEND n 3
    DEBUG DIGEST-VALUE n
    RPUSH l a 1 "" -5 ${"y".repeat(9000)} a ${"z".repeat(200)}
    DEBUG DIGEST-VALUE l
    RPUSH l2 a
    DEBUG DIGEST-VALUE l2
    SADD i 3 1 2 -9223372036854775808
    SADD p 3 1 b "" 12345678901234567890
    SADD h ${"m".repeat(100)} 7 k
    DEBUG DIGEST-VALUE i p h
    ZADD z 1 one 1.5 two -inf low inf high -0 zero 0.1 third 3e-300 tiny 1e17 big
    ZADD y 1 ${"m".repeat(100)} 1.1 12 -0 zero 1234567890123456789 k
    DEBUG DIGEST-VALUE z y
    HSET f a 1 b "" 3 xyz "" 12
    HSET g a 1 b "" 3 xyz "" 12 ${"m".repeat(100)} k
    DEBUG DIGEST-VALUE f g
    DEBUG DIGEST
    SELECT 3
    SET n 12
    DEBUG DIGEST
    DEBUG DIGEST-VALUE n s
    SELECT 0
    EXPIRE n 1000
    EXPIRE z 1000
    EXPIRE l 1000
    DEBUG DIGEST-VALUE n z l
    DEBUG DIGEST
    PERSIST n
    DEBUG DIGEST
    SWAPDB 3 0
    DEBUG DIGEST
  `,
  "DEBUG DIGEST: a key past its time is there until somebody looks": s`
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v
    PEXPIRE k 1
    !sleep 20
    DEBUG DIGEST
    DEBUG DIGEST-VALUE k
    DEBUG DIGEST
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  "DEBUG DIGEST: long lists, sets, hashes and sorted sets": s`
    CONFIG SET list-max-listpack-size 4
    CONFIG SET list-compress-depth 1
    ${range(300, (i) => `RPUSH l ${"e".repeat(i)}${i}`)}
    DEBUG DIGEST-VALUE l
    SADD s ${range(1000, (i) => `${i * 7919}`, " ")}
    ZADD z ${range(300, (i) => `${i / 7} m${i}`, " ")}
    HSET h ${range(800, (i) => `f${i} ${i}`, " ")}
    DEBUG DIGEST-VALUE s z h
    CONFIG SET list-max-listpack-size -2
    CONFIG SET list-compress-depth 0
    DEBUG DIGEST
  `,
  "DEBUG SET-ACTIVE-EXPIRE: switches": s`
    DEBUG SET-ACTIVE-EXPIRE
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 1
    !sleep 250
    DBSIZE
    DEBUG SET-ACTIVE-EXPIRE 1
    !sleep 350
    DBSIZE
    DEBUG set-active-expire 1
    DEBUG SET-ACTIVE-EXPIRE abc
    DEBUG SET-ACTIVE-EXPIRE 1 2
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  "DEBUG PROTOCOL: every type": s`
    DEBUG PROTOCOL
    DEBUG PROTOCOL bogus
    DEBUG PROTOCOL string
    DEBUG PROTOCOL STRING
    DEBUG PROTOCOL integer
    DEBUG PROTOCOL double
    DEBUG PROTOCOL null
    DEBUG PROTOCOL array
    DEBUG PROTOCOL set
    DEBUG PROTOCOL map
    DEBUG PROTOCOL attrib
    DEBUG PROTOCOL push
    DEBUG PROTOCOL verbatim
    DEBUG PROTOCOL true
    DEBUG PROTOCOL false
    DEBUG PROTOCOL bignum
    DEBUG PROTOCOL string extra
    DEBUG PROTOCOL ""
  `,
  "DEBUG ERROR: the words given": s`
    DEBUG ERROR
    DEBUG ERROR "MYCODE some words"
    DEBUG ERROR "single"
    DEBUG ERROR "-MYCODE dash"
    DEBUG ERROR "with\r\nbreak"
    DEBUG ERROR ""
  `,
});

const commandTable = family("command", {
  "COMMAND: counts, subcommands, arity": s`
    ~type COMMAND COUNT
    COMMAND COUNT x
    ~type COMMAND LIST
    COMMAND nosuchsub
    COMMAND nosuchsub x
    COMMAND HELP x
    ~type COMMAND HELP
    ~type COMMAND
    ~type COMMAND INFO
    ~type COMMAND DOCS
  `,
  "COMMAND INFO: subcommands, and names that nobody has": s`
    ~unordered COMMAND INFO client|id
    ~unordered COMMAND INFO CONFIG|get nosuch client|nosuch get|x config|get|x nosuch|x | ""
    ~unordered COMMAND DOCS nosuch client|nosuch get|x config|get|x
  `,
  "COMMAND LIST: FILTERBY": s`
    COMMAND LIST x
    COMMAND LIST FILTERBY
    COMMAND LIST FILTERBY bogus x
    COMMAND LIST FILTERBY PATTERN
    COMMAND LIST FILTERBY PATTERN incr* x
    COMMAND LIST bogus PATTERN x
    COMMAND LIST FILTERBY MODULE nosuch
    COMMAND LIST FILTERBY ACLCAT nosuch
    COMMAND LIST FILTERBY ACLCAT
    ~unordered COMMAND LIST FILTERBY PATTERN incr*
    ~unordered COMMAND LIST FILTERBY PATTERN INCR*
    ~unordered COMMAND LIST FILTERBY PATTERN decr?y
    ~unordered COMMAND LIST FILTERBY PATTERN p?tt?
    ~unordered COMMAND LIST FILTERBY PATTERN pexpire*
    ~unordered COMMAND LIST FILTERBY PATTERN config|*
    ~unordered COMMAND LIST FILTERBY PATTERN nosuch*
    ~unordered command list filterby pattern msetn*
  `,
  "COMMAND INFO: unknown names": s`
    COMMAND INFO nosuch
    COMMAND INFO nosuch nosuch2
    COMMAND INFO ""
    COMMAND INFO config|nosuch
    COMMAND INFO get|set
    COMMAND INFO "config|"
    COMMAND DOCS nosuch
    COMMAND DOCS get|set
  `,
  "COMMAND GETKEYS: the string and key commands": s`
    COMMAND GETKEYS GET k
    COMMAND GETKEYS get k
    COMMAND GETKEYS SET k v EX 10
    COMMAND GETKEYS MGET a b c
    COMMAND GETKEYS MSET a 1 b 2
    COMMAND GETKEYS MSETNX a 1 b 2 c 3
    COMMAND GETKEYS DEL a b
    COMMAND GETKEYS UNLINK a
    COMMAND GETKEYS EXISTS a a
    COMMAND GETKEYS TOUCH a b
    COMMAND GETKEYS RENAME a b
    COMMAND GETKEYS RENAMENX a b
    COMMAND GETKEYS COPY a b DB 1
    COMMAND GETKEYS MOVE a 1
    COMMAND GETKEYS LCS a b IDX
    COMMAND GETKEYS OBJECT ENCODING k
    COMMAND GETKEYS MEMORY USAGE k
    COMMAND GETKEYS EXPIRE k 10
    COMMAND GETKEYS TTL k
    COMMAND GETKEYS TYPE k
    COMMAND GETKEYS GETRANGE k 0 1
    COMMAND GETKEYS INCRBYFLOAT k 1
    COMMAND GETKEYS GETEX k EX 10
    COMMAND GETKEYS GET ""
  `,
  "COMMAND GETKEYS: errors": s`
    COMMAND GETKEYS
    COMMAND GETKEYS PING
    COMMAND GETKEYS KEYS *
    COMMAND GETKEYS RANDOMKEY
    COMMAND GETKEYS SELECT 1
    COMMAND GETKEYS SCAN 0
    COMMAND GETKEYS nosuch
    COMMAND GETKEYS nosuch a
    COMMAND GETKEYS GET
    COMMAND GETKEYS GET a b
    COMMAND GETKEYS MSET a
    COMMAND GETKEYS MSET a 1 b
    COMMAND GETKEYS MGET
    COMMAND GETKEYS OBJECT
    COMMAND GETKEYS OBJECT nosuch k
    COMMAND GETKEYS OBJECT ENCODING
    COMMAND GETKEYS CONFIG GET x
    COMMAND GETKEYS CLIENT ID
    COMMAND GETKEYS CONFIG
    COMMAND GETKEYS ""
    COMMAND GETKEYS SWAPDB 0 1
  `,
  "COMMAND GETKEYSANDFLAGS: flags of each key": s`
    COMMAND GETKEYSANDFLAGS GET k
    COMMAND GETKEYSANDFLAGS SET k v
    COMMAND GETKEYSANDFLAGS SET k v GET
    COMMAND GETKEYSANDFLAGS SET k v EX 10
    COMMAND GETKEYSANDFLAGS SETEX k 10 v
    COMMAND GETKEYSANDFLAGS MSET a 1 b 2
    COMMAND GETKEYSANDFLAGS MSETNX a 1 b 2
    COMMAND GETKEYSANDFLAGS MGET a b
    COMMAND GETKEYSANDFLAGS DEL a b
    COMMAND GETKEYSANDFLAGS UNLINK a
    COMMAND GETKEYSANDFLAGS EXISTS a
    COMMAND GETKEYSANDFLAGS RENAME a b
    COMMAND GETKEYSANDFLAGS RENAMENX a b
    COMMAND GETKEYSANDFLAGS COPY a b
    COMMAND GETKEYSANDFLAGS MOVE a 1
    COMMAND GETKEYSANDFLAGS APPEND a x
    COMMAND GETKEYSANDFLAGS INCR a
    COMMAND GETKEYSANDFLAGS INCRBYFLOAT a 1
    COMMAND GETKEYSANDFLAGS GETDEL a
    COMMAND GETKEYSANDFLAGS GETEX a
    COMMAND GETKEYSANDFLAGS GETSET a b
    COMMAND GETKEYSANDFLAGS SETRANGE a 0 x
    COMMAND GETKEYSANDFLAGS STRLEN a
    COMMAND GETKEYSANDFLAGS LCS a b
    COMMAND GETKEYSANDFLAGS EXPIRE a 1
    COMMAND GETKEYSANDFLAGS PERSIST a
    COMMAND GETKEYSANDFLAGS TTL a
    COMMAND GETKEYSANDFLAGS TYPE a
    COMMAND GETKEYSANDFLAGS TOUCH a b
    COMMAND GETKEYSANDFLAGS OBJECT FREQ a
    COMMAND GETKEYSANDFLAGS MEMORY USAGE a
    COMMAND GETKEYSANDFLAGS PING
    COMMAND GETKEYSANDFLAGS nosuch
    COMMAND GETKEYSANDFLAGS GET
    COMMAND GETKEYSANDFLAGS
  `,
});

const info = family("info", {
  "INFO: sections and what they are called": s`
    ~type INFO
    ~type INFO server
    ~type INFO SERVER clients
    INFO nosuch
    INFO ""
    INFO nosuch nosuch2
    INFO keyspace nosuch keyspace
    INFO modules
  `,
  "INFO: keyspace": s`
    INFO keyspace
    SET a v
    MSET b v c v
    INFO keyspace
    INFO KEYSPACE
    EXPIRE a 1000
    ~except:avg_ttl=\d+ INFO keyspace
    SELECT 3
    SET d v
    ~except:avg_ttl=\d+ INFO keyspace
    FLUSHALL
    INFO keyspace
  `,
  "INFO: errorstats": s`
    CONFIG RESETSTAT
    INFO errorstats
    GET
    INCR a b
    NOSUCHCOMMAND
    HELLO 9
    DEBUG ERROR "MYCODE x"
    DEBUG ERROR "MYCODE x"
    ~lines:^$ INFO errorstats
    CONFIG RESETSTAT
    INFO errorstats
  `,
  "INFO: commandstats": s`
    CONFIG RESETSTAT
    SET k v
    SET k w
    GET
    INCR k
    CLIENT ID x
    GETEX k
    ~lines:usec=\d+,usec_per_call=[\d.]+ INFO commandstats
  `,
  "INFO: counters of stats": s`
    CONFIG RESETSTAT
    GET missing
    SET k v
    GET k
    MGET k k missing
    EXISTS k missing
    TTL missing
    TYPE k
    OBJECT ENCODING k
    STRLEN k
    INCR n
    GETDEL k
    RENAME missing x
    COPY n m
    ~unordered KEYS *
    NOSUCHCOMMAND
    SET gone v EXAT 1
    GET gone
    ~lines:^(?!keyspace_|expired_keys|total_error_replies).*$ INFO stats
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  "INFO: persistence counters": s`
    CONFIG RESETSTAT
    ~lines:^(?!rdb_bgsave_in|rdb_last_bgsave_status|aof_enabled|aof_rewrite_in|loading).*$ INFO persistence
    ~lines:^(?!role|connected_slaves|master_failover|second_repl|repl_backlog).*$ INFO replication
    ~lines:^(?!cluster_enabled).*$ INFO cluster
    ~lines:^(?!maxmemory|mem_replication|number_of_|active_defrag).*$ INFO memory
    ~lines:^(?!redis_mode|arch_bits|hz|configured_hz|io_threads).*$ INFO server
    ~lines:^(?!maxclients|blocked|tracking|cluster_conn|clients_in).*$ INFO clients
  `,
});

/** The cases of this file. */
export const serverChecks = [
  ...info,
  ...databases,
  ...memory,
  ...debug,
  ...commandTable,
];

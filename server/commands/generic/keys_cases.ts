/** Comparison cases of the generic key commands, expiry and scanning apart. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";

/** The cases of this file. */
export const keyChecks = family("keys", {
  "DEL: counts": s`
    DEL
    DEL missing
    MSET a 1 b 2 c 3
    DEL a
    DEL a b missing c c
    DBSIZE
    SET k v
    DEL k k k
    SET "" v
    DEL ""
    SET gone v EXAT 1
    DEL gone
    SET k v EX 1000
    DEL k
    SET k v
    TTL k
  `,
  "UNLINK: counts": s`
    UNLINK
    UNLINK missing
    MSET a 1 b 2 c 3
    UNLINK a
    UNLINK a b missing c c
    DBSIZE
    SET gone v EXAT 1
    UNLINK gone
  `,
  "EXISTS: counts repeats": s`
    EXISTS
    EXISTS missing
    MSET a 1 b 2
    EXISTS a
    EXISTS a a a
    EXISTS a b missing
    SET gone v EXAT 1
    EXISTS gone a
  `,
  "TOUCH: counts": s`
    TOUCH
    TOUCH missing
    MSET a 1 b 2
    TOUCH a
    TOUCH a a b missing
    SET gone v EXAT 1
    TOUCH gone
  `,
  "TYPE: string and none": s`
    TYPE
    TYPE a b
    TYPE missing
    SET a 1
    TYPE a
    SET b abc
    TYPE b
    SET gone v EXAT 1
    TYPE gone
  `,
  "RENAME: overwrites, carries expiry": s`
    RENAME
    RENAME a
    RENAME a b c
    RENAME missing other
    RENAME missing missing
    SET a 1
    RENAME a b
    EXISTS a
    GET b
    SET c 3 EX 1000
    RENAME b c
    GET c
    TTL c
    SET d 4 EX 1000
    RENAME d c
    ~near:1 TTL c
    GET c
    RENAME c c
    GET c
    ~near:1 TTL c
    SET gone v EXAT 1
    RENAME gone x
    RENAME c ""
    GET ""
    SET long ${"x".repeat(200)}
    RENAME long ${"y".repeat(300)}
    GET ${"y".repeat(300)}
  `,
  "RENAMENX: only to a free name": s`
    RENAMENX
    RENAMENX a
    RENAMENX a b c
    RENAMENX missing other
    RENAMENX missing missing
    MSET a 1 b 2
    RENAMENX a b
    RENAMENX a a
    RENAMENX a c
    GET c
    SET gone v EXAT 1
    RENAMENX c gone
    GET gone
    TTL gone
    SET e v EX 1000
    RENAMENX e e2
    ~near:1 TTL e2
  `,
  "COPY: destination, REPLACE, DB": s`
    COPY
    COPY a
    COPY missing b
    SET a 1
    COPY a b
    GET b
    COPY a b
    SET a 2
    COPY a b REPLACE
    GET b
    COPY a b replace
    COPY a a
    COPY a a REPLACE
    COPY a a DB 0
    COPY a a DB 1
    COPY a a DB 1
    COPY a a DB 1 REPLACE
    COPY a z REPLACE DB 2
    COPY a z db 3 Replace
    SELECT 1
    GET a
    SELECT 2
    GET z
    COPY z z DB 2
  `,
  "COPY: carries expiry, independent values": s`
    SET a hello PXAT {nowms+5000000}
    COPY a b
    PEXPIRETIME b
    APPEND a x
    GET b
    SET c v EX 1000
    SET p plain
    COPY p c REPLACE
    TTL c
    SET gone v EXAT 1
    COPY gone d
    EXISTS d
    COPY p gone
    GET gone
    SET n 12
    COPY n m
    INCR n
    GET m
  `,
  "COPY: errors": s`
    SET a 1
    COPY a b DB
    COPY a b DB 16
    COPY a b DB -1
    COPY a b DB abc
    COPY a b DB 1.5
    COPY a b DB ${MAX}
    COPY a b DB 9223372036854775808
    COPY a b bogus
    COPY a b REPLACE bogus
    COPY a b REPLACE REPLACE
    COPY a b DB 1 DB 2
    COPY missing missing
    COPY missing b DB 99
    COPY a a DB abc
  `,
  "MOVE: between databases": s`
    MOVE
    MOVE a
    MOVE a 1 2
    MOVE missing 1
    SET a 1
    MOVE a 0
    MOVE a 1
    EXISTS a
    SELECT 1
    GET a
    SELECT 0
    SET a 2
    MOVE a 1
    GET a
    MOVE a 16
    MOVE a -1
    MOVE a abc
    MOVE a 1.5
    MOVE a ${MAX}
    MOVE a 9223372036854775808
    MOVE a ""
    MOVE missing abc
    MOVE missing 0
    SET e v PXAT {nowms+5000000}
    MOVE e 2
    SELECT 2
    PEXPIRETIME e
    SELECT 0
    SET gone v EXAT 1
    MOVE gone 3
    SET f v
    SELECT 3
    SET f old EXAT 1
    SELECT 0
    MOVE f 3
    SELECT 3
    GET f
    TTL f
  `,
  "KEYS: patterns": s`
    KEYS
    KEYS a b
    KEYS *
    MSET hello 1 hallo 2 hxllo 3 hllo 4 heello 5 "h[a]llo" 6 h*llo 7 "h\\llo" 8 h?llo 9
    ~unordered KEYS *
    ~unordered KEYS h?llo
    ~unordered KEYS h*llo
    ~unordered KEYS h[ae]llo
    ~unordered KEYS h[^e]llo
    ~unordered KEYS h[a-e]llo
    ~unordered KEYS h[e-a]llo
    ~unordered KEYS "h\\*llo"
    ~unordered KEYS "h\\?llo"
    ~unordered KEYS "h\\[a]llo"
    ~unordered KEYS "h[\\*?]llo"
    ~unordered KEYS "h\\\\llo"
    ~unordered KEYS "h[]llo"
    ~unordered KEYS "h[a"
    ~unordered KEYS "h[ae"
    ~unordered KEYS "h[a-"
    ~unordered KEYS "h[^"
    ~unordered KEYS "hello\\"
    ~unordered KEYS hello
    ~unordered KEYS hell
    ~unordered KEYS HELLO
    ~unordered KEYS "**"
    ~unordered KEYS "*l*l*"
    ~unordered KEYS "*o"
    ~unordered KEYS "h?????"
    ~unordered KEYS ?????*
    KEYS ""
    SET "" v
    KEYS ""
    ~unordered KEYS *
  `,
  "KEYS: brackets in detail": s`
    MSET a 1 b 2 c 3 - 4 ^ 5 ] 6 "\\" 7 "[" 8
    ~unordered KEYS [a-c]
    ~unordered KEYS [c-a]
    ~unordered KEYS [^a-c]
    ~unordered KEYS [-a]
    ~unordered KEYS [a-]
    ~unordered KEYS [a^]
    ~unordered KEYS [^^]
    ~unordered KEYS "[]a]"
    ~unordered KEYS "[\\]a]"
    ~unordered KEYS "[\\]"
    ~unordered KEYS "[\\\\]"
    ~unordered KEYS "\\a"
    ~unordered KEYS "\\\\"
    ~unordered KEYS "["
    ~unordered KEYS "]"
    ~unordered KEYS "[^]"
    ~unordered KEYS "[]"
    ~unordered KEYS "[\\a-\\c]"
    ~unordered KEYS ?
    ~unordered KEYS ??
  `,
  "KEYS: binary names and expired keys": s`
    MSET "a\x00b" 1 "a\xffb" 2 "a\nb" 3
    ~unordered KEYS "a?b"
    ~unordered KEYS "a\x00*"
    ~unordered KEYS "a[\xf0-\xff]b"
    ~unordered KEYS "a[\x00-\x10]b"
    SET gone v EXAT 1
    ~unordered KEYS *
    KEYS gone
  `,
  "RANDOMKEY: of none and of one": s`
    RANDOMKEY
    RANDOMKEY a
    SET only v
    RANDOMKEY
    RANDOMKEY
    SET second v
    ~type RANDOMKEY
    SELECT 1
    RANDOMKEY
  `,
  "PERSIST: takes the expiry off": s`
    PERSIST
    PERSIST a b
    PERSIST missing
    SET a v
    PERSIST a
    SET a v EX 1000
    PERSIST a
    TTL a
    PERSIST a
    SET gone v EXAT 1
    PERSIST gone
  `,
  "OBJECT: ENCODING of missing keys and arity": s`
    OBJECT
    OBJECT ENCODING
    OBJECT ENCODING a b
    OBJECT ENCODING missing
    OBJECT encoding missing
    OBJECT bogus
    OBJECT bogus key
    OBJECT "" key
    OBJECT REFCOUNT
    OBJECT REFCOUNT missing
    OBJECT REFCOUNT a b
    OBJECT IDLETIME
    OBJECT IDLETIME missing
    OBJECT IDLETIME a b
    OBJECT FREQ
    OBJECT FREQ missing
    OBJECT FREQ a b
    OBJECT HELP x
    ~type OBJECT HELP
    SET gone v EXAT 1
    OBJECT ENCODING gone
  `,
  "OBJECT: IDLETIME and FREQ by policy": s`
    SET a v
    ~near:1 OBJECT IDLETIME a
    OBJECT FREQ a
    CONFIG SET maxmemory-policy allkeys-lfu
    SET b v
    OBJECT IDLETIME b
    ~near:3 OBJECT FREQ b
    OBJECT IDLETIME missing
    OBJECT FREQ missing
    CONFIG SET maxmemory-policy volatile-lfu
    OBJECT IDLETIME b
    CONFIG SET maxmemory-policy allkeys-lru
    # A frequency read as a time: its counter, which chance moves, is the seconds.
    ~near:5 OBJECT IDLETIME b
    OBJECT FREQ b
  `,
});

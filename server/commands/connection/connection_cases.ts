/** Comparison cases of the connection commands (CLIENT has its own file). */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** The cases of this file. */
export const connectionChecks = family("connection", {
  "PING: with and without a message": s`
    PING
    ping
    PING hello
    PING ""
    PING "\x00\r\n\xff"
    PING a b
  `,
  "ECHO: its argument": s`
    ECHO
    ECHO hello
    ECHO ""
    ECHO "\x00\r\n\xff"
    ECHO a b
  `,
  "unknown: commands and subcommands": s`
    NOSUCHCOMMAND
    NOSUCHCOMMAND a
    nosuchcommand a b c
    NOSUCHCOMMAND "" "with space" 'it"s' "\x00\x01\xff" "line\r\nbreak"
    "" a
    ""
    "GET " k
    "G\x00T" k
    "GE\r\nT" k
    NOSUCHCOMMAND ${"x".repeat(200)}
    NOSUCHCOMMAND ${"abcdefghij ".repeat(30)}
    ${"N".repeat(200)} a
    CLIENT
    CLIENT nosuchsub
    CLIENT NOSUCHSUB a b
    CLIENT ""
    CLIENT "a\r\nb"
    CONFIG ${"x".repeat(200)}
    CONFIG nosuchsub x
    COMMAND nosuchsub
    OBJECT nosuchsub
    MEMORY nosuchsub x
    GET|SET a
    CLIENT|ID
  `,
  "SELECT: numbers and errors": s`
    SELECT
    SELECT 0 1
    SELECT 1
    SET k one
    SELECT 0
    GET k
    SELECT 15
    SELECT 16
    SELECT -1
    SELECT abc
    SELECT 1.5
    SELECT ""
    SELECT " 1"
    SELECT 01
    SELECT 9223372036854775807
    SELECT 9223372036854775808
    SELECT 4294967296
    SELECT 1
    GET k
    ~client CLIENT INFO
  `,
  "QUIT: replies and closes": s`
    QUIT
    !closed
  `,
  "QUIT: with arguments": s`
    QUIT now
    !closed
  `,
  "QUIT: what follows in the pipeline is not run": s`
    > PING\r\nQUIT\r\nSET k v\r\nPING\r\n
    !closed
    @b GET k
  `,
  "RESET: back to a fresh connection": s`
    CLIENT SETNAME me
    SELECT 3
    RESET
    CLIENT GETNAME
    ~client CLIENT INFO
    PING
    reset
    RESET now
  `,
  "RESET: ends REPLY OFF": s`
    & CLIENT REPLY OFF
    & PING
    & RESET
    PING
  `,
  "HELLO: without arguments": s`
    ~apart:id,version HELLO
    ~apart:id,version HELLO 2
    ~apart:id,version HELLO
    ~apart:id,version HELLO 3
    ~apart:id,version HELLO
    GET missing
    ~apart:id,version hello 2
    GET missing
  `,
  "HELLO: bad versions": s`
    HELLO 1
    HELLO 4
    HELLO 0
    HELLO -1
    HELLO abc
    HELLO ""
    HELLO 2.0
    HELLO " 3"
    HELLO 03
    HELLO 9223372036854775808
    GET missing
  `,
  "HELLO: options": s`
    HELLO 3 bogus
    HELLO 3 SETNAME
    HELLO 3 AUTH
    HELLO 3 AUTH default
    HELLO 3 ""
    GET missing
    ~apart:id,version HELLO 3 SETNAME tester
    CLIENT GETNAME
    HELLO 2 SETNAME "bad name"
    HELLO 2 SETNAME "bad\nname"
    CLIENT GETNAME
    GET missing
    ~apart:id,version HELLO 2 SETNAME a SETNAME b
    CLIENT GETNAME
    ~apart:id,version HELLO 2 SETNAME ""
    CLIENT GETNAME
    ~apart:id,version HELLO 2 AUTH default anything
    ~apart:id,version HELLO 2 AUTH default ""
    HELLO 2 AUTH nobody anything
    ~apart:id,version HELLO 3 AUTH default x SETNAME both
    CLIENT GETNAME
    ~apart:id,version HELLO 3 SETNAME x AUTH default x
    HELLO 3 SETNAME kept AUTH nobody x
    CLIENT GETNAME
    HELLO 2 AUTH default x bogus
    HELLO abc bogus
    HELLO 4 AUTH nobody x
    GET missing
  `,
  "AUTH: without a password set": s`
    AUTH
    AUTH a b c
    AUTH foo
    AUTH ""
    AUTH default anything
    AUTH default ""
    AUTH nobody x
    AUTH "" ""
    auth default x
    PING
  `,
  "AUTH: requirepass": s`
    CONFIG SET requirepass secret
    CONFIG GET requirepass
    PING
    @b PING
    @b PING hello
    @b ECHO x
    @b GET k
    @b GET
    @b NOSUCHCOMMAND
    @b CLIENT ID
    @b CLIENT nosuchsub
    @b SELECT 1
    @b HELLO
    @b HELLO 3
    @b HELLO 9
    @b HELLO abc
    @b COMMAND COUNT
    @b CONFIG GET requirepass
    @b AUTH
    @b AUTH wrong
    @b AUTH default wrong
    @b AUTH nobody secret
    @b AUTH default secret extra
    @b AUTH SECRET
    @b GET k
    @b AUTH secret
    @b GET k
    @b AUTH wrong
    @b GET k
    @c AUTH default secret
    @c SET k v
    @c RESET
    @c GET k
    @c QUIT
    @c !closed
  `,
  "AUTH: HELLO under requirepass": s`
    CONFIG SET requirepass secret
    @b HELLO 3 AUTH default wrong
    @b GET k
    @b HELLO 3 SETNAME x
    @b HELLO 3 AUTH nobody secret
    @b HELLO 4 AUTH default secret
    @b GET k
    @b ~apart:id,version HELLO 3 AUTH default secret SETNAME named
    @b GET k
    @b CLIENT GETNAME
    @c HELLO 3 SETNAME "bad name" AUTH default secret
    @c GET k
    @d RESET
    @d QUIT
    @d !closed
  `,
  "AUTH: changing and clearing the password": s`
    CONFIG SET requirepass one
    CONFIG SET requirepass two
    @b AUTH one
    @b AUTH two
    CONFIG SET requirepass ""
    CONFIG GET requirepass
    @c PING
    @c AUTH two
    @c AUTH default two
  `,
  "AUTH: limits before authentication": s`
    CONFIG SET requirepass secret
    @b > *10\r\n$3\r\nGET\r\n${s`$1\r\na\r\n`.repeat(9)}
    @b <
    @b > *11\r\n
    @b !closed
    @c > *2\r\n$4\r\nAUTH\r\n$16384\r\n${"x".repeat(16384)}\r\n
    @c <
    @c > *2\r\n$4\r\nAUTH\r\n$16385\r\n
    @c !closed
    @d > *2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*11\r\n$3\r\nDEL\r\n${s`$1\r\na\r\n`.repeat(10)}
    @d < 2
    @e > AUTH secret\r\nPING\r\n
    @e < 2
    @f > PING\r\n\r\nGET k\r\n
    @f < 2
  `,
  "maxclients: one connection too many": s`
    !resp2
    CONFIG SET maxclients 2
    PING
    @b <
    @b !closed
    CONFIG SET maxclients 0
    CONFIG SET maxclients 10000
    @c PING
  `,
});

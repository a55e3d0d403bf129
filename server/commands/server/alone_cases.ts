/** Comparison cases of what a server answers that stands alone: no replicas, no cluster, no modules. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const aloneChecks = family("alone", {
  "REPLICAOF: a primary stays one": s`
    REPLICAOF NO ONE
    replicaof no one
    SLAVEOF no ONE
    REPLICAOF a b
    REPLICAOF no 65536
    REPLICAOF no -1
    REPLICAOF no
    ROLE
    MULTI
    REPLICAOF NO ONE
    EXEC
  `,
  "CLUSTER: there is none": s`
    CLUSTER
    CLUSTER INFO
    CLUSTER KEYSLOT a
    CLUSTER KEYSLOT
    CLUSTER SLOTS
    CLUSTER NODES
    CLUSTER MEET a b
    CLUSTER nosuch
    CLUSTER HELP
    MULTI
    CLUSTER SHARDS
    EXEC
  `,
  "MODULE: none": s`
    MODULE
    MODULE LIST
    MODULE LIST x
    MODULE LOAD x
    MODULE LOADEX x
    MODULE UNLOAD x
    MODULE nosuch
    ~type MODULE HELP
  `,
  "MIGRATE: no key of those named is there": s`
    MIGRATE 127.0.0.1 1 nokey 0 100
    MIGRATE 127.0.0.1 1 "" 0 100
    MIGRATE 127.0.0.1 x nokey 0 -100 COPY REPLACE
    MIGRATE 127.0.0.1 1 nokey x 100
    MIGRATE 127.0.0.1 1 nokey 0 x
    MIGRATE 127.0.0.1 1 nokey x x
    MIGRATE 127.0.0.1 1 "" 0 100 KEYS a b c
    MIGRATE 127.0.0.1 1 "" 0 100 AUTH x KEYS a b c
    MIGRATE 127.0.0.1 1 "" 0 100 AUTH2 x y copy KEYS a b c
    MIGRATE 127.0.0.1 1 nokey 0 100 KEYS a
    MIGRATE 127.0.0.1 1 nokey 0 100 FOO
    MIGRATE 127.0.0.1 1 nokey 0 100 AUTH
    MIGRATE 127.0.0.1 1 nokey 0 100 AUTH2 a
    MIGRATE 127.0.0.1 1 "" 0 100 KEYS
    MIGRATE 127.0.0.1 1 nokey 0
    COMMAND GETKEYS MIGRATE h 1 a 0 10
    COMMAND GETKEYSANDFLAGS MIGRATE h 1 a 0 10
    COMMAND GETKEYS MIGRATE h 1 "" 0 10
    COMMAND GETKEYS MIGRATE h 1 "" 0 10 KEYS a b
    COMMAND GETKEYS MIGRATE h 1 a 0 10 KEYS y
    COMMAND GETKEYS MIGRATE h 1 "" 0 10 COPY AUTH KEYS KEYS x
    COMMAND GETKEYS MIGRATE h 1 "" 0 10 AUTH2 a keys KEYS y
  `,
});

/** Comparison cases of expiry and of SCAN. */

import type { Received } from "../../../tests/support/resp_client.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import type { ServerHandle } from "../../../tests/support/server_process.ts";
import { showCommand, showReply } from "../../../tests/support/text.ts";
import { type Check, family, type Mismatch } from "../../../tests/compat/check.ts";

const s = String.raw;

const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

const expiry = family("expire", {
  "EXPIRE: sets, replaces, deletes": s`
    EXPIRE
    EXPIRE k
    EXPIRE missing 100
    SET k v
    EXPIRE k 1000
    ~near:1 TTL k
    EXPIRE k 2000
    ~near:1 TTL k
    ~near:1000 PTTL k
    EXPIRE k 0
    EXISTS k
    SET k v
    EXPIRE k -1
    EXISTS k
    SET k v
    EXPIRE k -9223372036854775
    EXISTS k
  `,
  "EXPIRE: errors and overflow": s`
    SET k v
    EXPIRE k abc
    EXPIRE k 1.5
    EXPIRE k ""
    EXPIRE k " 1"
    EXPIRE k ${MAX}
    EXPIRE k ${MIN}
    EXPIRE k 9223372036854775
    EXPIRE k 9223372036854776
    EXPIRE k -9223372036854776
    EXPIRE k 9223372036854775808
    EXPIRE k 9223370000000000
    EXPIRE k 100 bogus
    EXPIRE k 100 ""
    EXPIRE k 100 NX bogus
    EXPIRE k abc bogus
    EXPIRE k 100 NX XX
    EXPIRE k 100 NX GT
    EXPIRE k 100 NX LT
    EXPIRE k 100 GT LT
    EXPIRE k 100 XX NX GT LT
    EXPIRE missing abc
    EXPIRE missing 100 bogus
    EXPIRE missing 100 GT LT
    EXPIRE missing ${MAX}
    EXISTS k
    TTL k
  `,
  "EXPIRE: NX, XX, GT, LT": s`
    SET k v
    EXPIRE k 1000 XX
    EXPIRE k 1000 GT
    TTL k
    EXPIRE k 1000 LT
    ~near:1 TTL k
    PERSIST k
    EXPIRE k 1000 NX
    EXPIRE k 2000 NX
    ~near:1 TTL k
    EXPIRE k 500 GT
    EXPIRE k 3000 GT
    ~near:1 TTL k
    EXPIRE k 4000 LT
    EXPIRE k 400 LT
    ~near:1 TTL k
    EXPIRE k 600 XX
    ~near:1 TTL k
    EXPIRE k 700 XX GT
    EXPIRE k 100 XX GT
    EXPIRE k 300 XX LT
    EXPIRE k 300 xx lt
    EXPIRE k 300 nx
    EXPIRE k 9000 GT GT
    ~near:1 TTL k
    EXPIRE k -1 GT
    EXISTS k
    EXPIRE k -1 NX
    EXISTS k
    EXPIRE k -1 LT
    EXISTS k
    SET k v
    EXPIRE k -1 XX
    EXISTS k
    EXPIRE k -1 NX
    EXISTS k
    EXPIRE missing 100 NX
    EXPIRE missing 100 XX
  `,
  "PEXPIRE: milliseconds": s`
    PEXPIRE
    PEXPIRE k
    PEXPIRE missing 100
    SET k v
    PEXPIRE k 1000000
    ~near:1000 PTTL k
    PEXPIRE k 2000000 NX
    PEXPIRE k 2000000 GT
    PEXPIRE k 1000 GT
    PEXPIRE k 1000000 LT
    PEXPIRE k 1000000000 XX
    ~near:1000 PTTL k
    PEXPIRE k abc
    PEXPIRE k 1.5
    PEXPIRE k ${MAX}
    PEXPIRE k 9223372036854775808
    PEXPIRE k 9223370000000000000
    PEXPIRE k 100 NX LT
    PEXPIRE k 100 GT LT
    PEXPIRE k 100 bogus
    PEXPIRE k ${MIN}
    EXISTS k
    SET k v
    PEXPIRE k 0
    EXISTS k
    SET k v
    PEXPIRE k 1
    !sleep 20
    GET k
    TTL k
  `,
  "EXPIREAT: absolute seconds": s`
    EXPIREAT
    EXPIREAT k
    EXPIREAT missing {now+1000}
    SET k v
    EXPIREAT k {now+1000}
    EXPIRETIME k
    PEXPIRETIME k
    EXPIREAT k {now+2000} GT
    EXPIREAT k {now+2000} GT
    EXPIREAT k {now+2000} LT
    EXPIREAT k {now+1999} LT
    EXPIREAT k {now+5000} NX
    EXPIREAT k {now+5000} XX
    EXPIRETIME k
    EXPIREAT k abc
    EXPIREAT k 1.5
    EXPIREAT k ${MAX}
    EXPIREAT k ${MIN}
    EXPIREAT k 9223372036854776
    EXPIREAT k 9223372036854775808
    EXPIREAT k {now+1000} GT LT
    EXPIREAT k {now+1000} NX XX
    EXPIREAT k {now+1000} bogus
    EXPIREAT k 9223372036854775
    PEXPIRETIME k
    EXPIREAT k 1 GT
    EXPIREAT k 1
    EXISTS k
    SET k v
    EXPIREAT k 0
    EXISTS k
    SET k v
    EXPIREAT k -1
    EXISTS k
    SET k v
    EXPIREAT k 1 NX
    EXISTS k
  `,
  "PEXPIREAT: absolute milliseconds": s`
    PEXPIREAT
    PEXPIREAT k
    PEXPIREAT missing {nowms+1000000}
    SET k v
    PEXPIREAT k {nowms+1000123}
    PEXPIRETIME k
    PEXPIREAT k {nowms+1000123} GT
    PEXPIREAT k {nowms+1000123} LT
    PEXPIREAT k {nowms+1000124} GT
    PEXPIREAT k {nowms+1000122} LT
    PEXPIRETIME k
    EXPIRETIME k
    PEXPIREAT k {nowms+9000000} NX
    PEXPIREAT k {nowms+9000000} XX
    PEXPIREAT k ${MAX}
    PEXPIRETIME k
    EXPIRETIME k
    ~near:1000 PTTL k
    ~near:1 TTL k
    PEXPIREAT k 9223372036854775808
    PEXPIREAT k abc
    PEXPIREAT k {nowms+1} NX GT
    PEXPIREAT k {nowms+1} bogus
    PEXPIREAT k 1
    EXISTS k
    SET k v
    PEXPIREAT k ${MIN}
    EXISTS k
  `,
  "TTL: missing, without, with": s`
    TTL
    TTL a b
    TTL missing
    SET k v
    TTL k
    EXPIRE k 100
    ~near:1 TTL k
    PEXPIRE k 100400
    ~near:1 TTL k
    SET gone v EXAT 1
    TTL gone
  `,
  "PTTL: missing, without, with": s`
    PTTL
    PTTL a b
    PTTL missing
    SET k v
    PTTL k
    PEXPIRE k 100000
    ~near:500 PTTL k
    SET gone v PXAT 1
    PTTL gone
  `,
  "EXPIRETIME: rounding": s`
    EXPIRETIME
    EXPIRETIME a b
    EXPIRETIME missing
    SET k v
    EXPIRETIME k
    PEXPIREAT k 33177117420000
    EXPIRETIME k
    PEXPIREAT k 33177117420499
    EXPIRETIME k
    PEXPIREAT k 33177117420500
    EXPIRETIME k
    PEXPIREAT k 33177117420999
    EXPIRETIME k
    EXPIREAT k 33177117420
    EXPIRETIME k
    SET gone v EXAT 1
    EXPIRETIME gone
  `,
  "PEXPIRETIME: exact": s`
    PEXPIRETIME
    PEXPIRETIME a b
    PEXPIRETIME missing
    SET k v
    PEXPIRETIME k
    PEXPIREAT k 33177117420999
    PEXPIRETIME k
    EXPIREAT k 33177117420
    PEXPIRETIME k
    SET gone v EXAT 1
    PEXPIRETIME gone
  `,
  "EXPIRE: a key that runs out is gone for every command": s`
    DEBUG SET-ACTIVE-EXPIRE 0
    MSET a 1 b 1 c 1 d 1 e 1 f 1 g 1 h 1 i 1 j 1 k 1
    PEXPIRE a 5
    PEXPIRE b 5
    PEXPIRE c 5
    PEXPIRE d 5
    PEXPIRE e 5
    PEXPIRE f 5
    PEXPIRE g 5
    PEXPIRE h 5
    !sleep 30
    DBSIZE
    GET a
    DBSIZE
    EXISTS b
    TYPE c
    INCR d
    TTL d
    APPEND e x
    SETRANGE f 2 x
    GET f
    GETSET g new
    STRLEN h
    ~unordered KEYS *
    DBSIZE
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
});

const scanErrors = family("scan", {
  "SCAN: errors": s`
    SCAN
    SCAN abc
    SCAN ""
    SCAN " 0"
    SCAN "0 "
    SCAN 1.5
    SCAN -1 COUNT
    SCAN 18446744073709551616
    SCAN 0x0
    SCAN 0 COUNT
    SCAN 0 MATCH
    SCAN 0 TYPE
    SCAN 0 COUNT 0
    SCAN 0 COUNT -1
    SCAN 0 COUNT abc
    SCAN 0 COUNT 1.5
    SCAN 0 COUNT 9223372036854775808
    SCAN 0 bogus
    SCAN 0 bogus x
    SCAN 0 COUNT 10 bogus
    SCAN 0 COUNT 10 MATCH
    SCAN 0 NOVALUES
    SCAN abc COUNT abc
    SCAN abc bogus
  `,
  "SCAN: an empty database and huge counts": s`
    SCAN 0
    SCAN 0 COUNT 1
    SCAN 0 MATCH *
    SCAN 0 TYPE string
    SCAN 0 TYPE bogus
    SCAN 0 MATCH a MATCH * COUNT 1 COUNT 2
    SCAN 0 COUNT ${MAX}
    SET only v
    SCAN 0
    SCAN 0 COUNT 1000
    SCAN 0 COUNT ${MAX}
    SCAN 0 MATCH only
    SCAN 0 MATCH other
    SCAN 0 TYPE string
    SCAN 0 TYPE STRING
    SCAN 0 TYPE hash
    SCAN 0 TYPE bogus
    SCAN 0 match o* count 10 type string
    SET gone v EXAT 1
    SCAN 0
    SELECT 1
    SCAN 0
  `,
});

const SCANNED_KEYS = 1500;

/** All keys of a whole iteration, sorted, or the reply that stopped it. */
async function scanAll(server: ServerHandle, options: readonly string[]): Promise<string> {
  using client = await RespClient.connect(server);
  const keys = new Set<string>();
  let cursor = "0";
  for (let round = 0; round < 100 * SCANNED_KEYS; round++) {
    const { reply }: Received = await client.command("SCAN", cursor, ...options);
    if (reply.kind !== "array" || reply.items.length !== 2) return showReply(reply);
    cursor = textOf(reply.items[0]);
    for (const key of itemsOf(reply.items[1])) keys.add(textOf(key));
    if (cursor === "0") return [...keys].sort().join(" ");
  }
  return "an iteration that never ends";
}

function wholeScan(...options: string[]): Check {
  const command = showCommand(["SCAN", "<cursor>", ...options]);
  const run = async ({ oracle, subject }: { oracle: ServerHandle; subject: ServerHandle }) => {
    const fill = Array.from({ length: SCANNED_KEYS }, (_, i) => ["SET", `key:${i}`, String(i)]);
    const scan = async (server: ServerHandle) => {
      using client = await RespClient.connect(server);
      await client.command("FLUSHALL");
      await client.pipeline(fill);
      await client.command("SET", "gone", "v", "EXAT", "1");
      return await scanAll(server, options);
    };
    const [expected, got] = await Promise.all([scan(oracle), scan(subject)]);
    if (expected === got) return [];
    const missing = expected.split(" ").filter((key) => !got.split(" ").includes(key));
    const mismatch: Mismatch = {
      where: `a whole iteration over ${SCANNED_KEYS} keys`,
      command,
      expected: `${expected.split(" ").length} keys, e.g. ${expected.slice(0, 100)}`,
      got: `${got.split(" ").length} keys; missing: ${missing.slice(0, 10).join(" ") || "none"}; ` +
        `e.g. ${got.slice(0, 100)}`,
      before: [`SET key:<i> <i>, for i from 0 to ${SCANNED_KEYS - 1}`],
    };
    return [mismatch];
  };
  return { family: "scan", command: "SCAN", name: `SCAN: whole iteration, ${command}`, run };
}

/** The cases of this file. */
export const expireChecks = [
  ...expiry,
  ...scanErrors,
  wholeScan(),
  wholeScan("COUNT", "1"),
  wholeScan("COUNT", "7"),
  wholeScan("COUNT", "1000000"),
  wholeScan("MATCH", "key:1*"),
  wholeScan("MATCH", "*7", "COUNT", "100"),
  wholeScan("MATCH", "nothing*"),
  wholeScan("TYPE", "string"),
  wholeScan("TYPE", "list"),
];

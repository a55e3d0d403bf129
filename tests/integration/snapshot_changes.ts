/** What changes a data set of randomValues() while a snapshot is written of it. */

import type { Running } from "../../server/main.ts";
import type { SeededRandom } from "../support/random.ts";

/** Resolves when no snapshot is under way. */
export async function settled(server: { running: Running }): Promise<void> {
  const { snapshots } = server.running.server;
  for (let turn = 0; snapshots.running; turn++) {
    if (turn > 5000) throw new Error("the snapshot does not end");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Resolves when a rewrite has its moment: the manifest names the file that follows it, and its base is begun. */
export async function rewriteBegun(server: {
  running: Running;
  disk: { files: ReadonlyMap<string, unknown> };
}): Promise<void> {
  const hasBegun = () =>
    [...server.disk.files.keys()].some((name) =>
      name.startsWith("temp-") && name.includes(".base.")
    );
  while (server.running.server.snapshots.running && !hasBegun()) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** A change of any kind: of a value in place, of a key, of the table. */
export function change(random: SeededRandom, keys: readonly string[], step: number): string[] {
  const key = random.pick(keys);
  const other = random.pick(keys);
  const kind = key.split(":")[0];
  const inPlace: Record<string, string[][]> = {
    string: [["APPEND", key, "more"], ["SET", key, "other"], ["SETRANGE", key, "3", "x"]],
    list: [["RPUSH", key, "new"], ["LPOP", key, "2"], ["LSET", key, "0", "set"], [
      "LTRIM",
      key,
      "1",
      "-1",
    ]],
    integers: [["SADD", key, `${step}`], ["SPOP", key], ["SADD", key, "text"]],
    set: [["SADD", key, `new ${step}`], ["SPOP", key, "2"], ["SMOVE", key, other, "12"]],
    zset: [["ZADD", key, "1", `new ${step}`], ["ZPOPMIN", key], [
      "ZREMRANGEBYRANK",
      key,
      "0",
      "1",
    ]],
    hash: [["HSET", key, `f${step}`, "v"], ["HDEL", key, "12"], [
      "HPEXPIRE",
      key,
      "100000",
      "FIELDS",
      "1",
      "12",
    ]],
    stream: [
      ["XADD", key, "*", "f", "v"],
      ["XTRIM", key, "MAXLEN", "3"],
      ["XREADGROUP", "GROUP", "g1", "carol", "COUNT", "3", "STREAMS", key, ">"],
      ["XGROUP", "DESTROY", key, "g1"],
    ],
  };
  const whole = [
    ["DEL", key],
    ["SET", `made:${step}`, "x".repeat(random.below(300))],
    ["SET", key, "replaced"],
    ["RENAME", key, other],
    ["COPY", key, other, "REPLACE"],
    ["MOVE", key, "7"],
    ["EXPIRE", key, "0"],
    ["PEXPIRE", key, "100000"],
    ["PERSIST", key],
    ["SUNIONSTORE", key, other],
    ["GET", key],
    ["TYPE", other],
  ];
  return random.pick(random.chance(0.5) ? inPlace[kind] : whole);
}

/** Text of bytes that do not get fewer by compression. */
export function noise(random: SeededRandom, bytes: number): string {
  return Array.from({ length: bytes }, () => String.fromCharCode(random.below(256))).join("");
}

/**
 * Inputs that are wrong somewhere: an RDB file, a payload of RESTORE, an append-only file, a manifest. Each ends in an
 * error or in sound values: never in a trap, a hang, or memory that is not given back.
 */

import { assertEquals } from "@std/assert";
import type { Core } from "../../core-as/host/core.ts";
import { ManifestError, parseManifest } from "../../persistence/aof/manifest.ts";
import { CommandScanner } from "../../persistence/check/commands.ts";
import { checkRdb } from "../../persistence/check/rdb.ts";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { MemorySource } from "../../server/env/source.ts";
import { DiskServer } from "../integration/rdb_support.ts";
import type { SeededRandom } from "../support/random.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Some bytes changed, left out or doubled, or the end cut off. */
export function mutate(random: SeededRandom, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  switch (random.below(6)) {
    case 0:
      return copy.slice(0, at);
    case 1:
      return Uint8Array.from([
        ...copy.subarray(0, at),
        ...copy.subarray(at + random.between(1, 9)),
      ]);
    case 2:
      return Uint8Array.from([
        ...copy.subarray(0, at + random.between(1, 9)),
        ...copy.subarray(at),
      ]);
    case 3:
      copy[at] = random.chance(0.5) ? 0xff : 0;
      return copy;
    default:
      for (let i = random.between(1, 4); i > 0; i--) {
        copy[random.below(copy.length)] ^= 1 << random.below(8);
      }
      return copy;
  }
}

const MANIFEST = bytesOf(
  "file a.2.base.rdb seq 2 type b\nfile a.1.base.rdb seq 1 type h\nfile a.2.incr.aof seq 2 type i\n",
);

/** Tries inputs of a kind. @returns how many there were */
export type Trial = (count: number) => Promise<number>;

/** What tries each kind. @param core an empty one, of the module whose claims are checked or of the other */
export async function trials(core: Core, random: SeededRandom): Promise<Record<string, Trial>> {
  const server = await DiskServer.start(undefined, 256 << 20, { options: { rdbchecksum: "no" } });
  const values = randomValues(random, 120);
  const file = async (): Promise<Uint8Array> => {
    await server.call("FLUSHALL");
    await server.fill(values.slice(random.below(100)).slice(0, 6));
    await server.call("SAVE");
    return server.file;
  };
  const log = bytesOf(
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:1700000000\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
  );
  return {
    rdb: async (count) => {
      const used = core.usedBytes;
      let bytes = await file();
      for (let i = 0; i < count; i++) {
        if (i % 500 === 499) bytes = await file();
        const wrong = mutate(random, bytes);
        checkRdb(core, new MemorySource(wrong), "x");
        assertEquals(core.usedBytes, used);
        // The checksum would hide what the reader does with the rest: a file without one is believed.
        if (wrong.length > 8) wrong.fill(0, wrong.length - 8);
        checkRdb(core, new MemorySource(wrong), "x");
        assertEquals(core.usedBytes, used);
      }
      return count * 2;
    },
    restore: async (count) => {
      await server.call("FLUSHALL");
      await server.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1");
      await server.fill(values);
      const payloads: Uint8Array[] = [];
      for (const { key } of values) {
        const payload = await server.client.call(["DUMP", key], true).catch(() => null);
        if (payload instanceof Uint8Array) payloads.push(payload);
      }
      await server.call("FLUSHALL");
      for (let i = 0; i < count; i++) {
        const wrong = mutate(random, payloads[random.below(payloads.length)]);
        const made = await server.client.call(["RESTORE", "k", "0", wrong, "REPLACE"], false)
          .catch(() => null);
        if (made === null) continue;
        // What was taken can be looked at, copied, changed and dropped.
        for (const words of [["DEBUG", "DIGEST-VALUE", "k"], ["DUMP", "k"], ["COPY", "k", "l"]]) {
          await server.client.call(words, true).catch(() => null);
        }
        await server.call("DEL", "k", "l");
      }
      assertEquals(await server.call("DBSIZE"), 0);
      await server.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "0");
      return count;
    },
    aof: (count) => {
      for (let i = 0; i < count; i++) {
        const scanner = new CommandScanner(() => {});
        scanner.take(mutate(random, log));
        scanner.end();
      }
      return Promise.resolve(count);
    },
    manifest: (count) => {
      const decoder = new TextDecoder();
      for (let i = 0; i < count; i++) {
        try {
          parseManifest(decoder.decode(mutate(random, MANIFEST)));
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
        }
      }
      return Promise.resolve(count);
    },
    end: async () => {
      await server[Symbol.asyncDispose]();
      return 0;
    },
  };
}

/**
 * DEBUG DIGEST: forty hexadecimal digits that two data sets share when they are the same, Redis's own
 * for the same data.
 *
 * A digest D of 20 bytes takes in bytes b in one of two ways, with H for SHA-1:
 *
 * ```
 *  join  D = D ^ H(b)       where order means nothing: the members of a set, the keys of a database
 *  mix   D = H(D ^ H(b))    where it does: the elements of a list, the parts of a pair
 *
 *  data set  from 0: of each database with keys, in turn, mix u32 number; of each of its keys, join key
 *  key       from 0: mix key bytes, then its value as below
 *  value     mix u32 type; its elements; if the key has an expiry, join "!!expire!!"
 *
 *  string    mix bytes                            set     join member
 *  list      mix element                          zset    join (mix member, mix score as %.17g)
 *  stream    mix id, mix field, mix value ...     hash    join (mix field, mix value)
 * ```
 *
 * Numbers are high bits first; when a key is expired without having gone, it is still there. A field of
 * a hash with an expiry joins "!!hexpire!!" to its pair, as Redis 7.4 does; one past its time has gone.
 *
 * A type adds what it holds by a function of its own, `xDigest(encoding, value)` (object.ts), which
 * calls {@link digestMix} for each thing in order, {@link digestJoin} for each without, or for each pair
 * {@link pairStart}, {@link pairMix} and {@link pairJoin}.
 *
 * Costs: two or three blocks of SHA-1 for each small thing, half a microsecond or so.
 */
import { DATABASE_COUNT } from "../base/layout";
import { entryEncoding, entryKey, entryKeyLen, entryType, hasExpiry, TYPE_STRING, valuePtr } from "../keyspace/entry";
import { find, keysOf } from "../keyspace/keyspace";
import { tableCount } from "../structures/keytable";
import { writeHexBytes } from "../text/number";
import { objectDigest } from "../keyspace/object";
import { replyArray, replyRaw } from "../protocol/reply";
import { argLen, argPtr } from "../protocol/resp";
import { digestJoin, digestMix, join, mixNumber, VALUE } from "../hashing/digest_mix";
import { SHA1_BYTES } from "../hashing/sha1";
import { readString, textLen, textPtr } from "../types/string/stringvalue";
import { WALK_BYTES, walkNext, walkStart } from "../structures/tablewalk";

/** The digest of the data set under way. */
const TOTAL = memory.data(20);
const WALK = memory.data(WALK_BYTES);
/** A simple string of forty digits. */
const LINE = memory.data(64);
const LINE_BYTES: u32 = 43;

const EXPIRES = memory.data<u8>([33, 33, 101, 120, 112, 105, 114, 101, 33, 33]); // !!expire!!
const EXPIRES_BYTES: u32 = 10;

// ---- keys and databases ---------------------------------------------------------------------------

/** Takes the value of an entry into VALUE. */
function digestEntry(e: usize): void {
  const type = entryType(e);
  mixNumber(VALUE, type);
  if (type == TYPE_STRING) {
    readString(e);
    digestMix(textPtr, textLen);
  } else objectDigest(type, entryEncoding(e), valuePtr(e));
  if (hasExpiry(e)) digestJoin(EXPIRES, EXPIRES_BYTES);
}

function replyDigest(digest: usize): void {
  store<u8>(LINE, 0x2b);
  writeHexBytes(LINE + 1, digest, SHA1_BYTES);
  store<u16>(LINE + 41, 0x0a0d);
  replyRaw(LINE, LINE_BYTES);
}

/** DEBUG DIGEST: replies with the digest of all databases. */
export function digestAll(): void {
  memory.fill(TOTAL, 0, SHA1_BYTES);
  const databases = load<u32>(DATABASE_COUNT);
  for (let db: u32 = 0; db < databases; db++) {
    const keys = keysOf(db);
    if (!tableCount(keys)) continue;
    mixNumber(TOTAL, db);
    walkStart(WALK, keys);
    for (let e = walkNext(WALK); e; e = walkNext(WALK)) {
      memory.fill(VALUE, 0, SHA1_BYTES);
      digestMix(entryKey(e), entryKeyLen(e));
      digestEntry(e);
      join(TOTAL, VALUE, SHA1_BYTES);
    }
  }
  replyDigest(TOTAL);
}

/** DEBUG DIGEST-VALUE: replies with the digests of the values of keys `first` to `end` - 1, 0 for none. */
export function digestKeys(db: u32, first: u32, end: u32): void {
  replyArray(end - first);
  for (let karg = first; karg < end; karg++) {
    const e = find(db, argPtr(karg), argLen(karg));
    memory.fill(VALUE, 0, SHA1_BYTES);
    if (e) digestEntry(e);
    replyDigest(VALUE);
  }
}

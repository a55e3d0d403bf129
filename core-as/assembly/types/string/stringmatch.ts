/**
 * Strings compared before they are changed: the conditions of SET and DELEX, and DIGEST, the hash by
 * which a client can name a long value (xxh3.ts).
 */
import { MISSING, TOO_LONG, WRONG_TYPE } from "../../base/layout";
import { equalBytes } from "../../base/bytes";
import { entryType, TYPE_STRING } from "../../keyspace/entry";
import { lookup, peek } from "../../keyspace/keyspace";
import { hexValue, writeHex } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";
import { replyBulk, replyNull } from "../../protocol/reply";
import { readString, textLen, textPtr } from "./stringvalue";
import { xxh3 } from "../../hashing/xxh3";

// What a string is to be in regard to an argument: that text, the text with that digest, or not it.
export const MATCH_TEXT: u32 = 1;
export const MATCH_OTHER_TEXT: u32 = 2;
export const MATCH_DIGEST: u32 = 3;
export const MATCH_OTHER_DIGEST: u32 = 4;

/** Digits of a digest. */
const DIGITS: u32 = 16;
const DIGEST_TEXT = memory.data(16);

/** Replies with the digest of a key's string, or with null. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function stringDigest(db: u32, karg: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) {
    replyNull();
    return MISSING;
  }
  if (entryType(e) != TYPE_STRING) return WRONG_TYPE;
  readString(e);
  writeHex(DIGEST_TEXT, xxh3(textPtr, textLen), DIGITS);
  replyBulk(DIGEST_TEXT, DIGITS);
  return 0;
}

/** Whether digits in either case spell a digest; of others than digits none is. */
function spells(ptr: usize, digest: u64): bool {
  let value: u64 = 0;
  for (let i: usize = 0; i < DIGITS; i++) {
    const digit = hexValue(load<u8>(ptr + i));
    if (digit > 15) return false;
    value = value << 4 | digit;
  }
  return value == digest;
}

/**
 * Compares a key's string with an argument, without counting as a use of the key.
 *
 * @param kind MATCH_*
 * @returns 1 if it is as wanted, 0 if not, MISSING, WRONG_TYPE, or TOO_LONG for what is no digest by its length
 */
export function stringMatches(db: u32, karg: u32, kind: u32, arg: u32): i32 {
  const e = peek(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  if (entryType(e) != TYPE_STRING) return WRONG_TYPE;
  const ptr = argPtr(arg);
  const len = argLen(arg);
  const byDigest = kind == MATCH_DIGEST || kind == MATCH_OTHER_DIGEST;
  if (byDigest && len != DIGITS) return TOO_LONG;
  readString(e);
  const isSame = byDigest ? spells(ptr, xxh3(textPtr, textLen)) : textLen == len && equalBytes(textPtr, ptr, len);
  return isSame == (kind == MATCH_TEXT || kind == MATCH_DIGEST) ? 1 : 0;
}

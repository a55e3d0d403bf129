/** Sorted-set commands that look at single members: ZSCORE, ZMSCORE, ZRANK and ZCARD. */
import { ARGC, MISSING, WRONG_TYPE } from "../../base/layout";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyI64, replyNull, replyNullArray } from "../../protocol/reply";
import { find, foundRank, foundScore, lengthAt, zsetAt, zsetStatus } from "./zset_value";
import { replyScore } from "./zset_reply";

/** ZCARD. @returns 0, MISSING or WRONG_TYPE */
export function zsetCard(db: u32, karg: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  replyI64(e ? lengthAt(e) : 0);
  return e ? 0 : MISSING;
}

/** ZSCORE. @returns 0, MISSING or WRONG_TYPE */
export function zsetScore(db: u32, karg: u32, marg: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  if (e && find(e, argPtr(marg), argLen(marg))) replyScore(foundScore);
  else replyNull();
  return e ? 0 : MISSING;
}

/** ZMSCORE of the members from argument `first` on. @returns 0, MISSING or WRONG_TYPE */
export function zsetScores(db: u32, karg: u32, first: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  const argc = load<u32>(ARGC);
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (e && find(e, argPtr(i), argLen(i))) replyScore(foundScore);
    else replyNull();
  }
  return e ? 0 : MISSING;
}

/**
 * ZRANK and ZREVRANK.
 *
 * @param withScore whether the score goes with the rank, both in an array
 * @returns 0, MISSING or WRONG_TYPE
 */
export function zsetRank(db: u32, karg: u32, marg: u32, reverse: bool, withScore: bool): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  if (!e || !find(e, argPtr(marg), argLen(marg))) {
    if (withScore) replyNullArray();
    else replyNull();
    return e ? 0 : MISSING;
  }
  const rank = foundRank(e);
  if (withScore) replyArray(2);
  replyI64(reverse ? lengthAt(e) - 1 - rank : rank);
  if (withScore) replyScore(foundScore);
  return 0;
}

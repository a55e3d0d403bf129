/** Replies of the sorted-set commands: scores and members with theirs. */
import { LOOK_SINK, OUT_RESP } from "../../base/layout";
import { replyArray, replyBulk, replyRaw } from "../../protocol/reply";
import { treeTouch } from "../../structures/btree";
import {
  isTree, member, memberLen, memberScore, readHere, seekRank, spell, stepBack, stepForward, textPtr,
} from "./zset_value";

/** A double of RESP3 around the digits that `spell` writes. */
const DOUBLE = memory.data(40);

/** A score: in RESP3 a double, in RESP2 a bulk string. */
export function replyScore(score: f64): void {
  const len = spell(score);
  if (load<u32>(OUT_RESP) != 3) {
    replyBulk(textPtr, len);
    return;
  }
  store<u8>(DOUBLE, 0x2c);
  memory.copy(DOUBLE + 1, textPtr, len);
  store<u16>(DOUBLE + 1 + len, 0x0a0d);
  replyRaw(DOUBLE, len + 3);
}

// How members are shown.
/** Alone. */
export const SHOW_ALONE: u32 = 0;
/** Each followed by its score. */
export const SHOW_FLAT: u32 = 1;
/** Each with its score in an array of two. */
export const SHOW_PAIRS: u32 = 2;

/** How WITHSCORES shows members in the protocol of the reply under way. */
@inline export function showScores(withScores: bool): u32 {
  if (!withScores) return SHOW_ALONE;
  return load<u32>(OUT_RESP) == 3 ? SHOW_PAIRS : SHOW_FLAT;
}

/** The head of a reply of `count` members. */
@inline export function replyMembers(count: u32, show: u32): void {
  replyArray(show == SHOW_FLAT ? count << 1 : count);
}

/** The member last read, as an element of {@link replyMembers}. */
@inline export function replyMember(show: u32): void {
  if (show == SHOW_PAIRS) replyArray(2);
  replyBulk(member, memberLen);
  if (show) replyScore(memberScore);
}

/** The `count` members from a rank on, or with `reverse` down from it, without a head. */
export function replyRun(e: usize, rank: u32, count: u32, reverse: bool, show: u32): void {
  if (!count) return;
  seekRank(e, rank);
  // The items of a leaf are asked for together: one cache miss each, all under way at once.
  const touches = isTree(e) && count > 1;
  let untouched: u32 = 0;
  while (true) {
    if (touches && !untouched--) untouched = treeTouch(count, reverse, LOOK_SINK) - 1;
    readHere();
    replyMember(show);
    if (!--count) break;
    if (reverse) stepBack();
    else stepForward();
  }
}

/** Members of sets on their way into replies. */
import { LOOK_SINK } from "../../base/layout";
import { HASHTABLE, INTSET } from "../../keyspace/entry";
import { intsetGet, intsetLength } from "../../structures/intset";
import { replyEntries, replyEntry } from "../../structures/packreply";
import { replyBulk, replyBulkI64 } from "../../protocol/reply";
import { walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import { itemLen, itemMember } from "./set_value";

/** Items that are asked for together, so that their cache misses overlap. */
const BATCH: u32 = 32;
const ITEMS = memory.data(128);
const WALK = memory.data(WALK_BYTES);

@inline export function replyItem(item: usize): void {
  replyBulk(itemMember(item), itemLen(item));
}

/** Replies with the member of a handle (set_value.ts). */
export function replyMember(encoding: u32, value: usize, handle: u32): void {
  if (encoding == HASHTABLE) replyItem(handle);
  else if (encoding == INTSET) replyBulkI64(intsetGet(value, handle));
  else replyEntry(value, handle);
}

/** Replies with the items at `items`, `count` addresses. */
export function replyItems(items: usize, count: u32): void {
  for (const end = items + (count << 2); items < end;) {
    const stop = min(items + (BATCH << 2), end);
    let sum: u32 = 0;
    for (let at = items; at < stop; at += 4) sum += load<u32>(load<u32>(at));
    store<u32>(LOOK_SINK, sum);
    for (; items < stop; items += 4) replyItem(load<u32>(items));
  }
}

/** Replies with every member of a value. */
export function replyAll(encoding: u32, value: usize): void {
  if (encoding == INTSET) {
    const count = intsetLength(value);
    for (let i: u32 = 0; i < count; i++) replyBulkI64(intsetGet(value, i));
  } else if (encoding == HASHTABLE) replyTable(value);
  else replyEntries(value);
}

function replyTable(t: usize): void {
  walkStart(WALK, t);
  let count: u32;
  do {
    count = 0;
    while (count < BATCH) {
      const item = walkNext(WALK);
      if (!item) break;
      store<u32>(ITEMS + (count++ << 2), <u32> item);
    }
    replyItems(ITEMS, count);
  } while (count == BATCH);
}

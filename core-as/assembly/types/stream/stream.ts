/** The stream type: see object.ts for what every type provides. The commands' own files stand beside. */
import { allocate, blockBytes, free } from "../../base/memory";
import { idCount, idFirst, idGo, idLeaf, idMs, idNext, idPayload, idSeq, idSlot } from "../../structures/idtree";
import { idCopy, idFreeStep, idInsert, idTreeBytes } from "../../structures/idtree_change";
import {
  addConsumer, addGroup, consumersOf, entriesOf, findName, freeConsumer, groupsOf, nameLenOf, namedAt, nameOf, namesBytes, namesCount,
  newStream, nodesOf, pendingOf, takeLastName,
} from "./stream_value";
import { nodeCopy } from "./stream_node";

export * from "./stream_add";
export * from "./stream_read";
export { streamRead } from "./stream_reading";
export {
  STREAM_BAD_CLAIM, STREAM_BAD_TIMEOUT, STREAM_GROUP_IN_XREAD, STREAM_LAST_IN_GROUP, STREAM_NEGATIVE_TIMEOUT, STREAM_NEW_IN_XREAD,
  STREAM_NOACK_IN_XREAD, STREAM_NO_GROUP_OPTION, STREAM_UNBALANCED,
} from "./stream_reading";
export {
  STREAM_BUSY_GROUP, STREAM_CONSUMER_CREATED, STREAM_GROUP_CHANGED, STREAM_NO_GROUP, STREAM_PENDING_CHANGED,
  streamConsumerCreate, streamConsumerDelete, streamGroupCreate, streamGroupDestroy, streamGroupSetId,
} from "./stream_group";
export {
  STREAM_BAD_IDLE, STREAM_BAD_OPTION, STREAM_BAD_OPTION_VALUE, streamAck, streamAckDelete, streamAutoClaim, streamClaim,
  streamPendingRange, streamPendingSummary,
} from "./stream_pending";
export * from "./stream_info";
export { BAD_ID, BAD_END, BAD_START } from "./stream_id";
export { streamNodeValid } from "./stream_node";
export { streamDigest } from "./stream_range";
export {
  REFS_ACKED, REFS_DELETE, REFS_KEEP, STREAM_LIMIT_ALONE, STREAM_LIMIT_EXACT, STREAM_NEGATIVE_LIMIT,
  STREAM_NEGATIVE_MAXLEN, STREAM_NO_STRATEGY, STREAM_SYNTAX, STREAM_TWO_STRATEGIES,
} from "./stream_trim";

/** Frees up to about `budget` nodes and pending entries of a value. @returns whether it is gone */
export function streamFreeStep(encoding: u32, value: usize, budget: u32): bool {
  if (!idFreeStep(nodesOf(value), budget, true)) return false;
  const groups = groupsOf(value);
  while (namesCount(groups)) {
    const group = namedAt(groups, namesCount(groups) - 1);
    if (!idFreeStep(pendingOf(group), budget, false)) return false;
    const consumers = consumersOf(group);
    while (namesCount(consumers)) {
      const consumer = namedAt(consumers, namesCount(consumers) - 1);
      if (!idFreeStep(pendingOf(consumer), budget, false)) return false;
      takeLastName(consumers);
      freeConsumer(consumer);
      if (!--budget) return false;
    }
    takeLastName(groups);
    free(group);
    if (!--budget) return false;
  }
  free(value);
  return true;
}

/** What freeing takes: nodes, pending entries, consumers, not entries. */
export function streamWork(value: usize): u32 {
  const groups = groupsOf(value);
  let work: u32 = idCount(nodesOf(value));
  for (let i: u32 = 0; i < namesCount(groups); i++) {
    const group = namedAt(groups, i);
    work += 1 + idCount(pendingOf(group)) * 2 + namesCount(consumersOf(group));
  }
  return work;
}

/** A copy of a value. @returns 0 when memory is out */
export function streamCopy(encoding: u32, value: usize): usize {
  const made = newStream();
  if (!made) return 0;
  if (copyNodes(made, value) && copyGroups(made, value)) return made;
  while (!streamFreeStep(encoding, made, 0x10000)) continue;
  return 0;
}

function copyNodes(made: usize, value: usize): bool {
  memory.copy(made, value, nodesOf(value) - value);
  const nodes = nodesOf(made);
  let more = idFirst(nodesOf(value));
  while (more) {
    const leaf = idLeaf();
    const slot = idSlot();
    const lp = nodeCopy(load<u32>(idPayload(nodesOf(value))));
    const cell = lp ? idInsert(nodes, idMs(), idSeq()) : 0;
    if (!cell) {
      free(lp);
      return false;
    }
    store<u32>(cell, <u32> lp);
    idGo(leaf, slot);
    more = idNext();
  }
  return true;
}

function copyGroups(made: usize, value: usize): bool {
  const groups = groupsOf(value);
  for (let i: u32 = 0; i < namesCount(groups); i++) {
    const group = namedAt(groups, i);
    findName(groupsOf(made), nameOf(group), nameLenOf(group));
    const copy = addGroup(made, nameOf(group), nameLenOf(group));
    if (!copy) return false;
    // Last delivered ID and entries read.
    v128.store(copy + 8, v128.load(group + 8));
    store<u64>(copy, load<u64>(group, 40), 40);
    if (!copyConsumers(copy, group) || !copyPending(copy, group)) return false;
  }
  return true;
}

function copyConsumers(copy: usize, group: usize): bool {
  const consumers = consumersOf(group);
  for (let i: u32 = 0; i < namesCount(consumers); i++) {
    const consumer = namedAt(consumers, i);
    findName(consumersOf(copy), nameOf(consumer), nameLenOf(consumer));
    const made = addConsumer(copy, nameOf(consumer), nameLenOf(consumer), 0);
    if (!made) return false;
    v128.store(made + 8, v128.load(consumer + 8));
    // So that the group's pending entries find the copy.
    store<u32>(consumer, <u32> made, 4);
    if (!idCopy(pendingOf(made), pendingOf(consumer))) return false;
  }
  return true;
}

function copyPending(copy: usize, group: usize): bool {
  const pending = pendingOf(copy);
  if (!idCopy(pending, pendingOf(group))) return false;
  for (let more = idFirst(pending); more; more = idNext()) {
    const item = idPayload(pending);
    store<u32>(item, load<u32>(<usize> load<u32>(item), 4));
  }
  return true;
}

/** Bytes of a value, the nodes estimated from `samples` of them (0: all). */
export function streamBytes(encoding: u32, value: usize, samples: u32): f64 {
  const nodes = nodesOf(value);
  const count = idCount(nodes);
  const seen = samples ? min(samples, count) : count;
  let bytes: f64 = 0;
  let more = idFirst(nodes);
  for (let left = seen; left && more; left--) {
    bytes += blockBytes(load<u32>(idPayload(nodes)));
    more = idNext();
  }
  if (seen) bytes *= <f64> count / seen;
  bytes += blockBytes(value) + idTreeBytes(nodes);
  const groups = groupsOf(value);
  bytes += namesBytes(groups);
  for (let i: u32 = 0; i < namesCount(groups); i++) {
    const group = namedAt(groups, i);
    const consumers = consumersOf(group);
    bytes += blockBytes(group) + idTreeBytes(pendingOf(group)) + namesBytes(consumers);
    for (let j: u32 = 0; j < namesCount(consumers); j++) {
      const consumer = namedAt(consumers, j);
      bytes += blockBytes(consumer) + idTreeBytes(pendingOf(consumer));
    }
  }
  return bytes;
}

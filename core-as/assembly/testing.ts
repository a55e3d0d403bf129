/** Entry of the module that only tests load: everything internal that a unit test drives. */
export * from "./index";
export { memoryInit, roundedBytes } from "./base/memory";
export * from "./structures/keytable";
export * from "./keyspace/keyspace";
export * from "./keyspace/entry";
export * from "./hashing/hash";
export * from "./text/number";
export * from "./base/bytes";
export * from "./hashing/crc16";
export { adoptPlace } from "./protocol/held";
export * from "./text/glob";
export * from "./text/double";
export * from "./hashing/crc64";
export * from "./text/extended";
export * from "./types/string/lcs";
export * from "./hashing/sha1";
export * from "./hashing/xxh3";
export * from "./base/memory";
export { chooseSlabs, clearSums, countSlabs, FIRST_PAGE, isEvacuated, restoreSlabs } from "./base/evacuation";
export * from "./structures/listpack";
export * from "./structures/intset";
export * from "./structures/lzf";
export * from "./structures/quicklist";
export * from "./structures/quicknode";
export * from "./structures/quickcompress";
export {
  INNER_CHILDREN, INNER_ITEMS, INNER_SIZES, INNER_SLOTS, itemNew, LEAF_ITEMS, LEAF_SLOTS, MEMBER_AT_MOST, MEMBER_BELOW,
  SCORE_AT_MOST, SCORE_BELOW, SCORES, treeHere, treeItem, treeMembersBefore, treeNext, treePrevious, treeRank,
  treeScoresBefore, treeSeek,
} from "./structures/btree";
export * from "./structures/btree_change";
export * from "./structures/idtree";
export * from "./structures/idtree_change";
export * from "./types/geo/geotrig";
export { cellOf, decode, encode, placeLatitude, placeLongitude, writeGeohash } from "./types/geo/geohash";
export { distance } from "./types/geo/geodistance";
export { writeFixed4 } from "./types/geo/georeply";
export {
  enterNode as streamEnterNode, entryAt as streamEntryAt, entryBefore as streamEntryBefore, entryEnd as streamEntryEnd,
  entryFlags as streamEntryFlags, isNodeEnd as streamNodeEnds, nodeCopy as streamNodeCopy, nodeDelete as streamNodeDelete, nodeEnd as streamNodeEnd,
  nodeEntries as streamNodeEntries, nodeStart as streamNodeStart, readEntry as streamReadEntry,
} from "./types/stream/stream_node";
export { replyEntry as streamReplyEntry } from "./types/stream/stream_range";
export * from "./structures/ranking";

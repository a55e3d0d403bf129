/** Entry of the module that only tests load: everything internal that a unit test drives. */
export * from "./index";
export { memoryInit, roundedBytes } from "./memory";
export * from "./keytable";
export * from "./keyspace";
export * from "./entry";
export * from "./hash";
export * from "./number";
export * from "./bytes";
export * from "./crc16";
export { adoptPlace } from "./held";
export * from "./glob";
export * from "./double";
export * from "./crc64";
export * from "./extended";
export * from "./lcs";
export * from "./sha1";
export * from "./xxh3";
export * from "./memory";
export * from "./listpack";
export * from "./intset";
export * from "./lzf";
export * from "./quicklist";
export * from "./quicknode";
export * from "./quickcompress";
export {
  INNER_CHILDREN, INNER_ITEMS, INNER_SIZES, INNER_SLOTS, itemNew, LEAF_ITEMS, LEAF_SLOTS, MEMBER_AT_MOST, MEMBER_BELOW,
  SCORE_AT_MOST, SCORE_BELOW, SCORES, treeHere, treeItem, treeMembersBefore, treeNext, treePrevious, treeRank,
  treeScoresBefore, treeSeek,
} from "./btree";
export * from "./btree_change";
export * from "./idtree";
export * from "./idtree_change";
export * from "./geotrig";
export { cellOf, decode, encode, placeLatitude, placeLongitude, writeGeohash } from "./geohash";
export { distance } from "./geodistance";
export { writeFixed4 } from "./georeply";
export {
  enterNode as streamEnterNode, entryAt as streamEntryAt, entryBefore as streamEntryBefore, entryEnd as streamEntryEnd,
  entryFlags as streamEntryFlags, isNodeEnd as streamNodeEnds, nodeCopy as streamNodeCopy, nodeDelete as streamNodeDelete, nodeEnd as streamNodeEnd,
  nodeEntries as streamNodeEntries, nodeStart as streamNodeStart, readEntry as streamReadEntry,
} from "./types/stream_node";
export { replyEntry as streamReplyEntry } from "./types/stream_range";
export * from "./ranking";

/** Numbers of RDB files: types of values, containers of list nodes, versions. */

// The types of RDB files.
export const RDB_STRING: u32 = 0;
export const RDB_LIST: u32 = 1;
export const RDB_SET: u32 = 2;
export const RDB_ZSET: u32 = 3;
export const RDB_HASH: u32 = 4;
export const RDB_ZSET_2: u32 = 5;
export const RDB_HASH_ZIPMAP: u32 = 9;
export const RDB_LIST_ZIPLIST: u32 = 10;
export const RDB_SET_INTSET: u32 = 11;
export const RDB_ZSET_ZIPLIST: u32 = 12;
export const RDB_HASH_ZIPLIST: u32 = 13;
export const RDB_LIST_QUICKLIST: u32 = 14;
export const RDB_STREAM: u32 = 15;
export const RDB_HASH_LISTPACK: u32 = 16;
export const RDB_ZSET_LISTPACK: u32 = 17;
export const RDB_LIST_QUICKLIST_2: u32 = 18;
export const RDB_STREAM_2: u32 = 19;
export const RDB_SET_LISTPACK: u32 = 20;
export const RDB_STREAM_3: u32 = 21;
/** Valkey's: fields, values and times, each of which is 8 bytes, all ones for none. */
export const RDB_HASH_TIMED: u32 = 22;
export const RDB_HASH_EXPIRING: u32 = 24;
export const RDB_HASH_LISTPACK_EXPIRING: u32 = 25;

// What a node of a list is.
export const CONTAINER_PLAIN: u32 = 1;
export const CONTAINER_PACKED: u32 = 2;

/** The version that most is written in, that of streams whose consumers' active times are kept, and of fields that expire. */
export const RDB_VERSION: u32 = 10;
export const RDB_VERSION_ACTIVE: u32 = 11;
export const RDB_VERSION_EXPIRING: u32 = 12;
/** The latest that is read: that of Redis 8.8, whose new types are refused by their numbers. And Valkey's. */
export const RDB_VERSION_READ: u32 = 14;
export const RDB_VERSION_VALKEY: u32 = 80;

/**
 * The map of linear memory and the root cells that both sides know.
 *
 * ```
 *  0x0000000  static data of the module (tables)                      < 256 KiB
 *  0x0041000  ROOTS: cells of this file                                  4 KiB
 *  0x0042000  EVICTION_POOL: candidates for eviction                    4 KiB
 *  0x0043000  SLAB_PARTIAL: per size class, a slab with a free block         4 KiB
 *  0x00433d0  CLASS_SUMS: per size class, what its slabs in part full hold (evacuation.ts)
 *  0x0044000  CRC64_AREA: tables of the checksum                        16 KiB
 *  0x0048000  LZF_AREA: the compressor's table while a file is written  32 KiB
 *  0x0050000  COMMAND_TABLE: names -> ids                               64 KiB
 *  0x0060000  ARGV_FIXED: argument table of ordinary commands          128 KiB
 *  0x0080000  IO: iovec arrays, epoll events, socket addresses          64 KiB
 *  0x0090000  SHARED: messages of a turn that many clients send        384 KiB
 *  0x00f0000  INLINE: words of an inline command                        64 KiB
 *  0x0100000  what a read goes on behind (partial.ts)                    8 KiB
 *  0x0102000  INPUT: where a socket is read into                       248 KiB
 *  0x0140000  SCRATCH: short-lived bytes of one call                   768 KiB
 *  0x0200000  ARENA: replies of a turn                                   2 MiB
 *  0x0400000  PAGE_MAP: one u32 per 4 KiB page                           4 MiB
 *  0x0800000  PAGE_LINKS: two u32 per page, links of free runs           8 MiB
 *  0x1000000  SINK_AREA: what goes into a file next                   128 KiB
 *  0x1020000  SAVER: the writer of a file (rdb_save.ts)                  4 KiB
 *  0x1021000  SPARE_ARGV: arguments of the host's for a core in need   124 KiB
 *  0x1040000  EFFECTS_AREA: effects of a turn (effects.ts)            256 KiB
 *  0x1080000  HEAP
 * ```
 *
 * What it takes to write the data set to a disk lies below the heap, so that a core whose memory is out, or
 * in pieces, can still be saved.
 *
 * WASM globals belong to an instance, not to the memory; all that must outlive a call or be seen by
 * another instance therefore sits in a cell. The memory is reserved whole (4 GiB less one page of
 * 64 KiB) when a core is made: untouched pages cost nothing, views made once stay valid and reach
 * every address, and no pointer plus length can wrap around.
 *
 * The host reads these constants as exported globals; nothing is typed twice.
 */

export const ROOTS: usize = 0x41000;
/** The host tells cells from other constants by their value: none of those may lie in ROOTS. */
export const ROOTS_END: usize = 0x42000;
export const EVICTION_POOL: usize = 0x42000;
/** u32[241]: per size class, the first slab with a free block. */
export const SLAB_PARTIAL: usize = 0x43000;
/** 12 bytes x 241: per size class, what its slabs that have a free block hold (evacuation.ts). */
export const CLASS_SUMS: usize = 0x433d0;
/** Looks like a slab, and is before the first of those that are being emptied: only its links are used. */
export const EVACUATED: usize = 0x43f40;
export const CRC64_AREA: usize = 0x44000;
export const LZF_AREA: usize = 0x48000;
export const COMMAND_TABLE: usize = 0x50000;
export const ARGV_FIXED: usize = 0x60000;
/** Arguments that the fixed table holds, each {ptr u32, len u32}. */
export const ARGV_FIXED_CAP: u32 = 0x20000 / 8;
export const IO: usize = 0x80000;
export const SHARED: usize = 0x90000;
export const SHARED_BYTES: u32 = 0x60000;
export const INLINE: usize = 0xf0000;
export const INLINE_BYTES: u32 = 0x10000;
export const BEFORE_INPUT_BYTES: u32 = 0x2000;
export const INPUT: usize = 0x102000;
export const INPUT_BYTES: u32 = 0x3e000;
export const SCRATCH: usize = 0x140000;
export const SCRATCH_BYTES: u32 = 0xc0000;
export const ARENA: usize = 0x200000;
export const ARENA_BYTES: u32 = 0x200000;
export const PAGE_MAP: usize = 0x400000;
export const PAGE_LINKS: usize = 0x800000;
export const SINK_AREA: usize = 0x1000000;
export const SINK_AREA_BYTES: u32 = 0x20000;
export const SAVER: usize = 0x1020000;
export const SPARE_ARGV: usize = 0x1021000;
export const SPARE_ARGV_BYTES: u32 = 0x1f000;
export const EFFECTS_AREA: usize = 0x1040000;
export const EFFECTS_AREA_BYTES: u32 = 0x40000;
export const HEAP: usize = 0x1080000;

// ---- clock and policy, written by the host -------------------------------------------------------

/** i64: the turn's wall clock in ms, what expiry is compared with. */
export const NOW_MS: usize = ROOTS + 0x00;
/** u32: the 24-bit access clock stamped on entries (seconds for LRU, minutes for LFU). */
export const ACCESS_CLOCK: usize = ROOTS + 0x08;
/** u32: what a lookup stamps on entries, one of STAMP_*. */
export const STAMPS: usize = ROOTS + 0x0c;
/** u32: what a lookup does with an expired key, one of EXPIRED_*. */
export const EXPIRED_MODE: usize = ROOTS + 0x10;
/** u32: non-zero when a lookup must not stamp the access clock (CLIENT NO-TOUCH, OBJECT, DEBUG). */
export const NO_TOUCH: usize = ROOTS + 0x14;
/** u64 x 2: SipHash key. */
export const HASH_KEY: usize = ROOTS + 0x18;
/** u64: state of the core's random numbers (xorshift64*), seeded by the host. */
export const RANDOM: usize = ROOTS + 0x28;
/** u32 x 2: LFU log factor and decay time in minutes. */
export const LFU_LOG_FACTOR: usize = ROOTS + 0x30;
export const LFU_DECAY_MINUTES: usize = ROOTS + 0x34;

/** The clock, whenever a command has looked the entry up. */
export const STAMP_USE: u32 = 0;
/** The clock and a counter of uses (see keyspace.ts). */
export const STAMP_FREQUENCY: u32 = 1;
/** The clock, unless the command only reads, as SNAPSHOT_READS says. */
export const STAMP_CHANGE: u32 = 2;

/** Delete it, log it, and report it absent. */
export const EXPIRED_DELETE: u32 = 0;
/** Report it absent but leave it (replicas, paused writes). */
export const EXPIRED_HIDE: u32 = 1;
/** Take it as present (a replica obeying its master, loading). */
export const EXPIRED_KEEP: u32 = 2;
/** As EXPIRED_DELETE, but what is given an expiry that has passed stays (writes to a writable replica). */
export const EXPIRED_OWN: u32 = 3;

// ---- allocator ------------------------------------------------------------------------------------

/** u64: bytes in live blocks, size-class rounding included: `used_memory`. */
export const USED_BYTES: usize = ROOTS + 0x40;
/** u64: highest USED_BYTES seen by the host's cron. */
export const PEAK_BYTES: usize = ROOTS + 0x48;
/** u32: first page never handed out yet. */
export const TOP_PAGE: usize = ROOTS + 0x50;
/** u32: first page that may not be handed out. */
export const LIMIT_PAGE: usize = ROOTS + 0x54;
/** u32: pages in runs and slabs that are handed out. */
export const USED_PAGES: usize = ROOTS + 0x58;
/** u32: bit f is set when some free run has 2^f..2^(f+1)-1 pages. */
export const RUN_BITMAP: usize = ROOTS + 0x5c;
/** u32[24]: per power of two, the bitmap of its eight sub-bins. */
export const RUN_SUB_BITMAPS: usize = ROOTS + 0x60;
/** u32[24 * 8]: heads of the free-run lists. */
export const RUN_BINS: usize = ROOTS + 0x100;
/** u32: blocks alive. */
export const LIVE_BLOCKS: usize = ROOTS + 0x5f0;
/** u32: pages of free runs that have been used and not been given back to the kernel since. */
export const DIRTY_PAGES: usize = ROOTS + 0x5f4;
/** u32 x 2: the run that is being given back, and its pages that have been. */
export const RELEASED_RUN: usize = ROOTS + 0x5f8;
export const RELEASED_PAGES: usize = ROOTS + 0x5fc;

// ---- request --------------------------------------------------------------------------------------

/** u32: argument count of the command just parsed. */
export const ARGC: usize = ROOTS + 0x600;
/** u32: address of its argument table. */
export const ARGV: usize = ROOTS + 0x604;
/** u32: entries the table at ARGV can hold. */
export const ARGV_CAP: usize = ROOTS + 0x608;
/** u32 x 3: the input being parsed: next byte, end, and start of the command under way. */
export const IN_POS: usize = ROOTS + 0x60c;
export const IN_END: usize = ROOTS + 0x610;
export const IN_COMMAND: usize = ROOTS + 0x614;
/** i32: arguments of a multibulk still to come; 0 between commands. */
export const IN_REMAINING: usize = ROOTS + 0x618;
/** i32: length of the bulk under way, -1 when its header has not come yet. */
export const IN_BULK: usize = ROOTS + 0x61c;
/** u32: what is wrong with the request, one of PROTOCOL_*; and a byte that the text shows. */
export const IN_ERROR: usize = ROOTS + 0x620;
export const IN_ERROR_BYTE: usize = ROOTS + 0x624;
/** u32: largest bulk accepted (proto-max-bulk-len, at most 512 MiB). */
export const IN_MAX_BULK: usize = ROOTS + 0x628;
/** u32: non-zero while the connection has not authenticated: small requests only. */
export const IN_UNAUTHENTICATED: usize = ROOTS + 0x62c;
/** u32: the connection's partial-command block (resp.ts), 0 when it has none. */
export const IN_PARTIAL: usize = ROOTS + 0x630;
/** u32: buffers of the command under way beside the one being read into: a list of {u32 next, u32 buffer}. */
export const IN_HELD: usize = ROOTS + 0x63c;
/** u32: non-zero when there was no memory for an argument of the command under way: it cannot run. */
export const IN_LOST: usize = ROOTS + 0x6e8;

/** u32: a partial-command block that is not in use while what it held is parsed, 0 = none (partial.ts). */
export const IN_SPARE: usize = ROOTS + 0x6f0;

/** u32: the database of the connection being served. */
export const IN_DATABASE: usize = ROOTS + 0x634;
/** u32: up to where the input has been looked ahead at (lookahead.ts). */
export const IN_LOOKED: usize = ROOTS + 0x638;

// ---- reply ----------------------------------------------------------------------------------------

/** u32 x 2: next byte and end of the piece being written. */
export const OUT_POS: usize = ROOTS + 0x640;
export const OUT_END: usize = ROOTS + 0x644;
/** u32 x 2: first and last chunk of the connection's chain, 0 while replies go to the arena. */
export const OUT_HEAD: usize = ROOTS + 0x648;
export const OUT_TAIL: usize = ROOTS + 0x64c;
/** u32: next free byte of the arena. */
export const ARENA_POS: usize = ROOTS + 0x650;
/**
 * u32: OUT_LOST once a reply did not fit in memory, OUT_OVER once there is more of it than the client may let pile up
 * (OUT_ROOM): the connection must be closed.
 */
export const OUT_FAILED: usize = ROOTS + 0x654;
export const OUT_LOST: u32 = 1;
export const OUT_OVER: u32 = 2;
/** u32: protocol version of the reply being written, 2 or 3. */
export const OUT_RESP: usize = ROOTS + 0x658;
/** u32: non-zero when replies are to be dropped (CLIENT REPLY OFF and SKIP). */
export const OUT_MUTED: usize = ROOTS + 0x65c;

// ---- results of the last call ---------------------------------------------------------------------

/** i64 and f64: the number that a call produced beside its status. */
export const RESULT_I64: usize = ROOTS + 0x680;
export const RESULT_F64: usize = ROOTS + 0x688;
/** u32 x 2: the bytes that a call points at beside its status. */
export const RESULT_PTR: usize = ROOTS + 0x690;
export const RESULT_LEN: usize = ROOTS + 0x694;

// ---- what lookups of the command under way have come across ----------------------------------------

/** u32: records in the log of expired keys; the host drains it before it propagates or notifies. */
export const EXPIRED_COUNT: usize = ROOTS + 0x6a0;
/** u32 x 3: the log's buffer, its capacity and bytes used. A record: {db u32 | EXPIRED_MISS, keyLen u32, key}. */
export const EXPIRED_LOG: usize = ROOTS + 0x6a4;
export const EXPIRED_LOG_CAP: usize = ROOTS + 0x6a8;
export const EXPIRED_LOG_LEN: usize = ROOTS + 0x6ac;
/** In a record's first word: the key has not expired, it was not there. */
export const EXPIRED_MISS: u32 = 0x40000000;

// ---- key space ------------------------------------------------------------------------------------

/** u32 x 2: array of databases (keyspace.ts) and their number. */
export const DATABASES: usize = ROOTS + 0x6c0;
export const DATABASE_COUNT: usize = ROOTS + 0x6c4;

/** Bytes of a database in that array. */
export const DATABASE_BYTES: u32 = 128;

/** u32: a bit for each slot whose keys nobody may see, on its way here or being deleted; 0 = there is none. */
export const HIDDEN_SLOTS: usize = ROOTS + 0x6ec;

/** u32: values waiting to be freed (object.ts), how many, and how many have been. */
export const PENDING_VALUES: usize = ROOTS + 0x6dc;
export const PENDING_COUNT: usize = ROOTS + 0x6e0;
export const FREED_VALUES: usize = ROOTS + 0x6e4;

// ---- lookahead ------------------------------------------------------------------------------------

/** u32 x 3: notes taken, the next to be used, and where sums go that only keep loads alive. */
export const LOOK_COUNT: usize = ROOTS + 0x6d0;
export const LOOK_NEXT: usize = ROOTS + 0x6d4;
export const LOOK_SINK: usize = ROOTS + 0x6d8;
/** u32: non-zero when a member was looked for in a large collection since the last look ahead. */
export const LOOK_DEEP: usize = ROOTS + 0xd20;
/** Notes on the next commands of a pipeline, see lookahead.ts. */
export const LOOK_NOTES: usize = ROOTS + 0x700;

// ---- hashes ---------------------------------------------------------------------------------------

/** u32 x 2: fields that a listpack may hold, and bytes of a field or value in one. */
export const HASH_LISTPACK_ENTRIES: usize = ROOTS + 0xb40;
export const HASH_LISTPACK_VALUE: usize = ROOTS + 0xb44;
/** u32 x 3: list of the hashes with expiring fields, where the cycle goes on in it, and its length. */
export const HASH_EXPIRING: usize = ROOTS + 0xb48;
export const HASH_EXPIRING_NEXT: usize = ROOTS + 0xb4c;
export const HASH_EXPIRING_COUNT: usize = ROOTS + 0xb50;
/** u32 x 3: log of expired fields: buffer, capacity, bytes used (hash_expiry.ts). */
export const HASH_EXPIRED_LOG: usize = ROOTS + 0xb54;
export const HASH_EXPIRED_LOG_CAP: usize = ROOTS + 0xb58;
export const HASH_EXPIRED_LOG_LEN: usize = ROOTS + 0xb5c;

// ---- thresholds of encodings, written by the host --------------------------------------------------

/** u32 x 2: a sorted set of more members, or of a longer one, is no listpack. */
export const ZSET_LISTPACK_ENTRIES: usize = ROOTS + 0xb00;
export const ZSET_LISTPACK_VALUE: usize = ROOTS + 0xb04;

// ---- sets -----------------------------------------------------------------------------------------

/** u32 x 3: members of an intset and of a listpack at most, and the longest member of a listpack. */
export const SET_INTSET_ENTRIES: usize = ROOTS + 0xb80;
export const SET_LISTPACK_ENTRIES: usize = ROOTS + 0xb84;
export const SET_LISTPACK_VALUE: usize = ROOTS + 0xb88;
/** u32 x 3: sources of the set operation under way (set_sources.ts), their number, and the keys without one. */
export const SET_SOURCES: usize = ROOTS + 0xb8c;
export const SET_SOURCE_COUNT: usize = ROOTS + 0xb90;
export const SET_SOURCES_MISSING: usize = ROOTS + 0xb94;

// ---- lists ----------------------------------------------------------------------------------------

/** u32 x 2: bytes and elements of a list's node at most, from list-max-listpack-size. */
export const LIST_NODE_BYTES: usize = ROOTS + 0xbc0;
export const LIST_NODE_ENTRIES: usize = ROOTS + 0xbc4;
/** u32: from how many bytes on an element has a node of its own, whatever the node's limit. */
export const LIST_PLAIN_BYTES: usize = ROOTS + 0xbc8;
/** u32: nodes at either end that are not compressed, 0 when none is: list-compress-depth. */
export const LIST_COMPRESS_DEPTH: usize = ROOTS + 0xbcc;

// ---- streams --------------------------------------------------------------------------------------

/** u32 x 2: bytes and entries of a stream's node at most, from stream-node-max-bytes and -entries. */
export const STREAM_NODE_BYTES: usize = ROOTS + 0xc00;
export const STREAM_NODE_ENTRIES: usize = ROOTS + 0xc04;
/** i64: how long XREAD or XREADGROUP may wait, in ms; -1 where it may not. */
export const STREAM_BLOCK_MS: usize = ROOTS + 0xc08;
/** u32 x 2: its first key and the number of keys. */
export const STREAM_FIRST_KEY: usize = ROOTS + 0xc10;
export const STREAM_KEYS: usize = ROOTS + 0xc14;
/** u32: the argument that an error speaks of. */
export const STREAM_ARGUMENT: usize = ROOTS + 0xc18;
/** u32: keys in which XREADGROUP has made a consumer; their arguments, u32 each, are in SCRATCH. */
export const STREAM_MADE: usize = ROOTS + 0xc1c;

// ---- bitmaps --------------------------------------------------------------------------------------

/** u32 x 2: sources of the BITOP under way (bitop.ts) and their number. */
export const BIT_SOURCES: usize = ROOTS + 0xc80;
export const BIT_SOURCE_COUNT: usize = ROOTS + 0xc84;

// ---- HyperLogLog ----------------------------------------------------------------------------------

/** u32: bytes of a sparse HyperLogLog at most, from hll-sparse-max-bytes. */
export const HLL_SPARSE_BYTES: usize = ROOTS + 0xc88;
/** u32: non-zero when a dense one is part of the union under way (hyperloglog_command.ts). */
export const HLL_MERGES_DENSE: usize = ROOTS + 0xc8c;

// ---- geo ------------------------------------------------------------------------------------------

/** f64: the latitude of a pair that is no place; its longitude is in RESULT_F64. */
export const GEO_LATITUDE: usize = ROOTS + 0xca0;

// ---- Pub/Sub --------------------------------------------------------------------------------------

/** u32: names that have subscribers (pubsub.ts), 0 before the first. */
export const SUBJECTS: usize = ROOTS + 0xce0;
/** u32 x 2: next free byte of the SHARED area's halves, for RESP2 and RESP3. */
export const SHARED_POS_2: usize = ROOTS + 0xce4;
export const SHARED_POS_3: usize = ROOTS + 0xce8;

// ---- RDB ------------------------------------------------------------------------------------------

/** u32 x 3: what encoded values are written to (rdb_sink.ts): a block, 0 = none, its size and bytes used. */
export const RDB_SINK: usize = ROOTS + 0xd30;
export const RDB_SINK_CAP: usize = ROOTS + 0xd34;
export const RDB_SINK_LEN: usize = ROOTS + 0xd38;
/** u32: non-zero once memory was out for it. */
export const RDB_SINK_FAILED: usize = ROOTS + 0xd3c;
/** u32: non-zero when long strings are compressed: rdbcompression. */
export const RDB_COMPRESSES: usize = ROOTS + 0xd40;
/** u32: CRC64_AREA once the tables of crc64.ts are there, 0 before they are first needed. */
export const CRC64_TABLES: usize = ROOTS + 0xd44;
/** u32 x 2: the key or the text that a loader (rdb_load.ts) tells of. */
export const RDB_KEY_PTR: usize = ROOTS + 0xd48;
export const RDB_KEY_LEN: usize = ROOTS + 0xd4c;
/** u32: bytes that a loader has taken. */
export const RDB_TAKEN: usize = ROOTS + 0xd50;
/** u32: the saver (rdb_save.ts) of a snapshot that is made while the data set changes, 0 = none. */
export const SNAPSHOT: usize = ROOTS + 0xd54;
/** u32: non-zero while a command is under way that changes no value that it looks up. */
export const SNAPSHOT_READS: usize = ROOTS + 0xd58;
/** u32: the highest version of the format that payloads (dump.ts) may be of, where a lower one would lose something. */
export const DUMP_VERSION: usize = ROOTS + 0xd70;
/** u32: consumers of all streams, those that are still to be freed included. */
export const STREAM_CONSUMERS: usize = ROOTS + 0xd74;
/** u32: what isEnough (rdb_write.ts) counts beside RDB_SINK_LEN: much, once the sink was emptied within a step. */
export const RDB_SINK_PASSED: usize = ROOTS + 0xd5c;
/** u64 and u32: the checksum of what went to the file, and whether it has one. */
export const RDB_SINK_SUM: usize = ROOTS + 0xd60;
export const RDB_SINK_SUMS: usize = ROOTS + 0xd68;
/** u32: 1..63, the mark that the buckets bear which the last snapshot has written; 0 before the first. */
export const SNAPSHOT_GENERATION: usize = ROOTS + 0xd6c;

// ---- replies that do not fit -----------------------------------------------------------------------

/** u32 x 2: where the reply under way began, and the chunk it began in | 1; 0 once that is no use any more. */
export const REPLY_POS: usize = ROOTS + 0xcc0;
export const REPLY_TAIL: usize = ROOTS + 0xcc4;

/** u32 x 2: one more than the bytes that may be written from the piece's start on, 0 for no limit; and that start. */
export const OUT_ROOM: usize = ROOTS + 0xccc;
export const OUT_PIECE: usize = ROOTS + 0xcd0;
/** u32: bytes of all pieces before the one being written, whoever they were for, modulo 2^32. */
export const OUT_BEFORE: usize = ROOTS + 0xcd4;

/** u32: a record kept for a value that is dropped when memory is out (object.ts). */
export const PENDING_SPARE: usize = ROOTS + 0xcc8;

// ---- propagation ----------------------------------------------------------------------------------

/** u32: non-zero while writes are propagated (effects.ts). */
export const EFFECTS_ON: usize = ROOTS + 0xd80;
/** u32 x 3: the buffer, its capacity and bytes used. */
export const EFFECTS_BUFFER: usize = ROOTS + 0xd84;
export const EFFECTS_CAP: usize = ROOTS + 0xd88;
export const EFFECTS_LEN: usize = ROOTS + 0xd8c;
/** i32: the database of the last operation, -1 when the next must name its own. */
export const EFFECTS_DATABASE: usize = ROOTS + 0xd90;
/** u32 x 2: where the unit under way begins, and its operations so far. */
export const EFFECTS_UNIT: usize = ROOTS + 0xd94;
export const EFFECTS_OPERATIONS: usize = ROOTS + 0xd98;
/** u32: non-zero once something did not fit in memory: who follows lacks it. */
export const EFFECTS_LOST: usize = ROOTS + 0xd9c;
/** u32 x 2: how far the logs of expired keys and of expired fields have been propagated. */
export const EFFECTS_KEYS: usize = ROOTS + 0xda0;
export const EFFECTS_FIELDS: usize = ROOTS + 0xda4;
/** u32: non-zero when expired keys go as UNLINK, not as DEL. */
export const EFFECTS_UNLINKS: usize = ROOTS + 0xda8;

// ---- defragmentation -------------------------------------------------------------------------------

/** u32 x 4: what a cycle does at present (defrag.ts), and where it goes on: a page, a database, a table's cursor. */
export const DEFRAG_PHASE: usize = ROOTS + 0xe40;
export const DEFRAG_PAGE: usize = ROOTS + 0xe44;
export const DEFRAG_DATABASE: usize = ROOTS + 0xe48;
export const DEFRAG_CURSOR: usize = ROOTS + 0xe4c;
/** u32 x 4: blocks moved and left where they are, keys of which one was moved and others; the host takes them up. */
export const DEFRAG_HITS: usize = ROOTS + 0xe50;
export const DEFRAG_MISSES: usize = ROOTS + 0xe54;
export const DEFRAG_KEY_HITS: usize = ROOTS + 0xe58;
export const DEFRAG_KEY_MISSES: usize = ROOTS + 0xe5c;

// ---- where readers are ------------------------------------------------------------------------------

/**
 * What was read and found last, in one block: who reads in the middle of somebody else's reading (a bucket that is
 * written before it changes, rdb_save.ts) keeps the block and puts it back, and need not know what is in it.
 */
export const READ_PLACES: usize = ROOTS + 0xe00; // 48 bytes
/** i64: the integer parsed last (number.ts). */
export const READ_INTEGER: usize = READ_PLACES;
/** i64 and u32 x 2: the integer, or the bytes, that the last entry of a listpack held (listpack.ts). */
export const READ_LP_I64: usize = READ_PLACES + 0x08;
export const READ_LP_PTR: usize = READ_PLACES + 0x10;
export const READ_LP_LEN: usize = READ_PLACES + 0x14;
/** u32 x 2: the leaf and the slot that the last search or step came to in a tree of scores (btree.ts). */
export const READ_TREE_LEAF: usize = READ_PLACES + 0x18;
export const READ_TREE_SLOT: usize = READ_PLACES + 0x1c;
/** u32 x 2: the same in a tree of IDs (idtree.ts). */
export const READ_ID_LEAF: usize = READ_PLACES + 0x20;
export const READ_ID_SLOT: usize = READ_PLACES + 0x24;

// ---- status codes ---------------------------------------------------------------------------------

/** A status of 0 or more is the call's own; these mean the same everywhere. */
export const WRONG_TYPE: i32 = -1;
export const OUT_OF_MEMORY: i32 = -2;
export const MISSING: i32 = -3;
export const NOT_AN_INTEGER: i32 = -4;
export const NOT_A_FLOAT: i32 = -5;
export const OVERFLOW: i32 = -6;
export const TOO_LONG: i32 = -7;
export const EXISTS: i32 = -8;

/** Says as how many changes to the data set a call counts, beside its status: RESULT_I64. */
@inline export function countChanges(changes: u64): void {
  store<u64>(RESULT_I64, changes);
}

@inline export function getU32(cell: usize): u32 {
  return load<u32>(cell);
}

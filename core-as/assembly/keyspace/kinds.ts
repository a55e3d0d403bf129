/** Types of values and their encodings, numbered as in RDB files and DEBUG output. */

export const TYPE_STRING: u32 = 0;
export const TYPE_LIST: u32 = 1;
export const TYPE_SET: u32 = 2;
export const TYPE_ZSET: u32 = 3;
export const TYPE_HASH: u32 = 4;
export const TYPE_STREAM: u32 = 6;

export const RAW: u32 = 0;
export const INT: u32 = 1;
export const HASHTABLE: u32 = 2;
export const INTSET: u32 = 6;
export const SKIPLIST: u32 = 7;
export const EMBSTR: u32 = 8;
export const QUICKLIST: u32 = 9;
export const STREAM: u32 = 10;
export const LISTPACK: u32 = 11;

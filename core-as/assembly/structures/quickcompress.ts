/**
 * Nodes of a quicklist that are kept compressed with LZF: list-compress-depth says how many at either
 * end are not.
 *
 * ```
 *  compressed node (quicknode.ts): kind has the bit COMPRESSED
 *    +8   u32 block          u32 bytes, so many bytes of LZF
 *    +12  u32 raw            bytes of the listpack or the element
 * ```
 *
 * A node is read without being changed: it is decompressed into a place of its own, and for that no
 * memory is needed. So that this holds, what is larger than that place stays as it is. A node that is
 * to be changed is opened first, which can fail.
 */
import { SCRATCH } from "../base/layout";
import { lpBytes } from "./listpack";
import { LZF_TABLE_BYTES, lzfCompress, lzfDecompress } from "./lzf";
import { allocate, blockBytes, free, roundedBytes } from "../base/memory";
import { blockOf, COMPRESSED, isCompressed, isPlain, kindOf, nodeLp, plainLen, TRIED } from "./quicknode";

/** What is smaller is not worth it. */
const MIN_BYTES: u32 = 48;
const MAX_BYTES: u32 = 0x18000;

// Parts of SCRATCH: where a node is read, the compressor's table, and what it makes.
const VIEW: usize = SCRATCH + 0x20000;
const TABLE: usize = SCRATCH + 0x40000;
const MADE: usize = TABLE + LZF_TABLE_BYTES;

/**
 * The listpack or the element of a node, to be read. Of a compressed one it is a copy that lasts until
 * another such node is read or the list is changed.
 */
export function nodeView(node: usize): usize {
  if (isCompressed(node)) {
    const block = blockOf(node);
    lzfDecompress(block + 4, load<u32>(block), VIEW, plainLen(node));
    return VIEW;
  }
  return isPlain(node) ? blockOf(node) : nodeLp(node);
}

/** Compresses a node if that saves memory. Never fails. @returns whether it is compressed */
export function nodeCompress(node: usize): bool {
  const kind = kindOf(node);
  if (kind & (COMPRESSED | TRIED)) return (kind & COMPRESSED) != 0;
  store<u32>(node, kind | TRIED, 20);
  const raw = nodeView(node);
  const bytes = isPlain(node) ? plainLen(node) : lpBytes(raw);
  if (bytes < MIN_BYTES || bytes > MAX_BYTES) return false;
  const made = lzfCompress(raw, bytes, MADE, bytes, TABLE);
  if (!made || roundedBytes(made + 4) >= blockBytes(blockOf(node))) return false;
  const block = allocate(made + 4);
  if (!block) return false;
  store<u32>(block, made);
  memory.copy(block + 4, MADE, made);
  become(node, block, bytes, kind | COMPRESSED);
  return true;
}

/** Makes a node one that can be changed. @returns false when memory is out */
export function nodeOpen(node: usize): bool {
  if (!isCompressed(node)) return true;
  const bytes = plainLen(node);
  const block = allocate(bytes);
  if (!block) return false;
  memory.copy(block, nodeView(node), bytes);
  become(node, block, isPlain(node) ? bytes : 0, kindOf(node) & ~(COMPRESSED | TRIED));
  return true;
}

function become(node: usize, block: usize, start: u32, kind: u32): void {
  free(blockOf(node));
  store<u32>(node, <u32> block, 8);
  store<u32>(node, start, 12);
  store<u32>(node, kind, 20);
}

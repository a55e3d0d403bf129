/**
 * How blocks that structures fill bit by bit grow and shrink.
 *
 * Up to 8 KiB the size classes are the policy: above 1 KiB each is up to a sixteenth larger than the
 * one before, so a block grown to the next class is copied a bounded number of times per byte, and
 * below 1 KiB a copy costs less than spare room in millions of small values would. A larger block
 * takes a quarter more than was asked. A block is made smaller once half of it lies idle.
 */
import { blockBytes, reallocate } from "./memory";

const CLASSES_END: u32 = 8192;

@inline function roomy(bytes: u32): u32 {
  return bytes > CLASSES_END ? bytes + (bytes >> 2) : bytes;
}

/**
 * Makes sure that the block can hold `bytes`.
 *
 * @param keep bytes of content, carried over when it moves
 * @returns the block, moved or not; 0 when memory is out, and then the old block is as it was
 */
export function growBlock(block: usize, bytes: u32, keep: u32): usize {
  if (bytes <= blockBytes(block)) return block;
  const grown = reallocate(block, max(bytes, roomy(bytes)), keep);
  return grown ? grown : reallocate(block, bytes, keep);
}

/** Gives room back when less than half of the block is used; `bytes` are used. Never fails. */
export function trimBlock(block: usize, bytes: u32): usize {
  return bytes < blockBytes(block) >> 1 ? reallocate(block, roomy(bytes), bytes) : block;
}

/** Gives back all room above `bytes`, which are used. Never fails. */
export function fitBlock(block: usize, bytes: u32): usize {
  return reallocate(block, bytes, bytes);
}

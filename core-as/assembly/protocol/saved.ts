/**
 * Commands kept for later: those queued by MULTI, and those that a blocked client waits in.
 *
 * ```
 *  saved command, one block
 *    +0  u32 argument count
 *    +4  u32 bytes of all arguments
 *    +8  argument table, {ptr u32, len u32} each, as at ARGV
 *    ..  the arguments' bytes, one after the other
 * ```
 *
 * The table's pointers lead into the block itself, so that a handler works on a saved command as on one
 * that has just been read.
 */
import { ARGC, ARGV } from "../base/layout";
import { allocate, blockBytes } from "../base/memory";
import { argLen, argPtr } from "./resp";

const HEADER: u32 = 8;

/** Copies the command under way. @returns the block, to be given back by `free`; 0 when memory is out */
export function commandSave(): u32 {
  const argc = load<u32>(ARGC);
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < argc; i++) bytes += argLen(i);
  const size = bytes + HEADER + ((<u64> argc) << 3);
  if (size >= 0xfff00000) return 0;
  const saved = allocate(<u32> size);
  if (!saved) return 0;
  store<u32>(saved, argc);
  store<u32>(saved, <u32> bytes, 4);
  let slot = saved + HEADER;
  let at = slot + (argc << 3);
  for (let i: u32 = 0; i < argc; i++) {
    const len = argLen(i);
    store<u32>(slot, <u32> at);
    store<u32>(slot, len, 4);
    memory.copy(at, argPtr(i), len);
    slot += 8;
    at += len;
  }
  return <u32> saved;
}

/**
 * Makes a saved command the one under way. The table of the command before stays whose it is: who calls
 * this keeps ARGV and ARGC, and puts them back.
 */
export function commandLoad(saved: u32): void {
  store<u32>(ARGC, load<u32>(saved));
  store<u32>(ARGV, saved + HEADER);
}

/** Memory of a saved command. */
export function commandBytes(saved: u32): u32 {
  return blockBytes(saved);
}

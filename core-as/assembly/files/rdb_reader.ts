/** How far the reading of a value has come; its layout is drawn in rdb_read.ts. */
import { OUT_OF_MEMORY } from "../base/layout";
import { setEncoding, setValuePtr } from "../keyspace/entry";
import { fail } from "./rdb_source";

export const READER_BYTES: u32 = 96;

export const HEAD: u32 = 0;
export const ELEMENTS: u32 = 1;
export const READ: u32 = 255;

@inline export function readerType(r: usize): u32 { return load<u32>(r); }
@inline export function readerPhase(r: usize): u32 { return load<u32>(r, 4); }
@inline export function setReaderPhase(r: usize, phase: u32): void { store<u32>(r, phase, 4); }
@inline export function leftOf(r: usize): u64 { return load<u64>(r, 8); }
@inline export function setLeft(r: usize, count: u64): void { store<u64>(r, count, 8); }
@inline export function readerEntry(r: usize): usize { return load<u32>(r, 16); }
@inline export function looksTwice(r: usize): bool { return load<u32>(r, 20) != 0; }
@inline export function firstExpiryOf(r: usize): i64 { return load<i64>(r, 32); }

/** Gives the reader's entry a value, or what a step has made of it. @returns false when there was no memory for one */
export function give(r: usize, encoding: u32, value: usize): bool {
  if (!value) {
    fail(OUT_OF_MEMORY);
    return false;
  }
  const e = readerEntry(r);
  setEncoding(e, encoding);
  setValuePtr(e, value);
  return true;
}

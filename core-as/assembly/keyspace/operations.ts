/**
 * Operations of the stream of effects as bytes: what they are called, where their keys are, and to what slot these
 * belong. Whoever follows some slots alone reads the stream by this.
 *
 * ```
 *  *argc \r\n $len \r\n name \r\n $len \r\n argument \r\n ...
 * ```
 *
 * The bytes are the core's own (effects.ts), or were read as whole commands before: nothing here can be half there.
 */
import { RESULT_LEN, RESULT_PTR } from "../base/layout";
import { keySlot } from "../hashing/crc16";
import { hashBytes } from "../hashing/hash";
import { commandId } from "../protocol/names";

/** The operation read last: its arguments behind the name, how many it has with the name, and its end. */
let firstArgument: usize = 0;
let argc: u32 = 0;
let endOfOperation: usize = 0;
/** The argument that {@link step} came to, and where the one behind it begins. */
let ptr: usize = 0;
let len: u32 = 0;
let behind: usize = 0;

/** A number in digits from `at` on; {@link behind} is then after its line. */
function digits(at: usize): u32 {
  let value: u32 = 0;
  for (let byte: u32 = load<u8>(at); byte != 0x0d; byte = load<u8>(++at)) value = value * 10 + (byte & 15);
  behind = at + 2;
  return value;
}

/** Takes the argument that begins at `at`. */
function step(at: usize): void {
  len = digits(at + 1);
  ptr = behind;
  behind = ptr + len + 2;
}

/** Reads the operation that begins at an address. @returns the id of its name, UNKNOWN_COMMAND where it has none */
export function operationRead(at: u32): i32 {
  argc = digits(at + 1);
  step(behind);
  const id = commandId(ptr, len);
  firstArgument = behind;
  for (let i: u32 = 1; i < argc; i++) step(behind);
  endOfOperation = behind;
  return id;
}

/** Where the operation read last ends. */
export function operationEnd(): u32 {
  return <u32> endOfOperation;
}
export function operationArgc(): u32 {
  return argc;
}

/** Points at an argument of it: RESULT_PTR, RESULT_LEN. */
export function operationArgument(index: u32): void {
  behind = firstArgument;
  for (let i: u32 = 0; i < index; i++) step(behind);
  store<u32>(RESULT_PTR, <u32> ptr);
  store<u32>(RESULT_LEN, len);
}

/** The slot of its arguments from `first` to `last` in steps, SLOTS_DIFFER (-1) if they have not the same. */
export function operationSlot(first: u32, last: u32, by: u32): i32 {
  let slot: i32 = -1;
  behind = firstArgument;
  for (let i: u32 = 1, next = first; i <= last; i++) {
    step(behind);
    if (i != next) continue;
    next += by;
    const found = <i32> keySlot(ptr, len);
    if (slot >= 0 && found != slot) return -1;
    slot = found;
  }
  return slot;
}

/** How many of those arguments a scan of their slot that stands at a cursor has passed. */
export function operationPassed(first: u32, last: u32, by: u32, cursor: u32): u32 {
  let passed: u32 = 0;
  behind = firstArgument;
  for (let i: u32 = 1, next = first; i <= last; i++) {
    step(behind);
    if (i != next) continue;
    next += by;
    if ((<u32> hashBytes(ptr, len) & 0xffff) < cursor) passed++;
  }
  return passed;
}

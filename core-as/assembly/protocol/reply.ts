/**
 * The reply writer: RESP2 and RESP3 straight into the memory that a socket is written from.
 *
 * Replies of a turn go one after the other into the arena. What does not fit there, and what is
 * written to a connection that still has output waiting, goes into that connection's chain of chunks:
 *
 * ```
 *  chunk
 *    +0  u32 next chunk, 0 = last
 *    +4  u32 capacity of the payload
 *    +8  u32 payload written
 *    +12 u32 payload already sent
 *    +16 payload
 * ```
 *
 * The piece being written is [OUT_POS, OUT_END); in chain mode it is the tail chunk's free part, whose
 * `written` is set when the piece is left. Memory running out sets OUT_FAILED and drops the rest: half
 * a reply must not be followed by a whole one, so the connection is then closed, unless what there is of
 * the reply can be taken back ({@link replyTakeBack}). More than OUT_ROOM is not written, either: the
 * commands go on, as if replies were off, and then the connection is closed.
 */
import { ASSERTS } from "../base/asserts";
import {
  ARENA, ARENA_BYTES, ARENA_POS, OUT_BEFORE, OUT_END, OUT_FAILED, OUT_HEAD, OUT_LOST, OUT_MUTED, OUT_OVER, OUT_PIECE, OUT_POS,
  OUT_RESP, OUT_ROOM, OUT_TAIL, ARGV, REPLY_POS, REPLY_TAIL,
} from "../base/layout";
import { allocate, blockBytes, bytesLeft, free } from "../base/memory";
import { i64Length, u64Length, writeI64, writeU64 } from "../text/number";

const CHUNK_HEADER: u32 = 16;
const CHUNK_BYTES: u32 = 16384;
/** Room that is asked for at once for any reply without a payload. */
const LINE_BYTES: u32 = 64;

const CRLF: u32 = 0x0a0d;

/** Begins a piece, which ends where it must, or where no more may be written. */
@inline function beginPiece(pos: u32, end: u32): void {
  store<u32>(OUT_BEFORE, load<u32>(OUT_BEFORE) + load<u32>(OUT_POS) - load<u32>(OUT_PIECE));
  store<u32>(OUT_POS, pos);
  store<u32>(OUT_PIECE, pos);
  const room = load<u32>(OUT_ROOM);
  store<u32>(OUT_END, room ? <u32> min(<u64> end, <u64> pos + room - 1) : end);
}

/** Directs replies to the arena. */
export function outToArena(): void {
  store<u32>(OUT_HEAD, 0);
  store<u32>(OUT_TAIL, 0);
  // On a line of its own: the transport keeps a view for each place where replies can begin.
  const pos = min((load<u32>(ARENA_POS) + 63) & ~63, <u32> ARENA + ARENA_BYTES);
  store<u32>(ARENA_POS, pos);
  beginPiece(pos, <u32> ARENA + ARENA_BYTES);
  store<u32>(OUT_FAILED, 0);
  store<u32>(REPLY_TAIL, 0);
}

/** Goes on in the arena at `pos`, behind which nobody has written. */
export function outGoOn(pos: u32): void {
  store<u32>(ARENA_POS, pos);
  store<u32>(OUT_HEAD, 0);
  store<u32>(OUT_TAIL, 0);
  beginPiece(pos, <u32> ARENA + ARENA_BYTES);
  store<u32>(OUT_FAILED, 0);
  store<u32>(REPLY_TAIL, 0);
}

/** Directs replies to the end of a chain (0, 0 for a new one). */
export function outToChain(head: u32, tail: u32): void {
  store<u32>(OUT_HEAD, head);
  store<u32>(OUT_TAIL, tail);
  store<u32>(OUT_FAILED, 0);
  store<u32>(REPLY_TAIL, 0);
  if (tail) {
    const start = tail + CHUNK_HEADER;
    beginPiece(start + load<u32>(tail, 8), start + load<u32>(tail, 4));
  } else beginPiece(0, 0);
}

/** Ends the writing: records how far the piece has come. */
export function outSettle(): void {
  const tail = load<u32>(OUT_TAIL);
  const pos = load<u32>(OUT_POS);
  if (tail) store<u32>(tail, pos - tail - CHUNK_HEADER, 8);
  else if (pos) store<u32>(ARENA_POS, pos);
}

/** The arena is empty again: all of the turn's replies have been sent or moved. */
export function arenaReset(): void {
  store<u32>(ARENA_POS, <u32> ARENA);
}

/** A chunk that holds a copy of bytes that were not sent, to go before a chain. @returns 0 = no memory */
export function chunkOf(ptr: usize, len: u32, next: u32): u32 {
  const chunk = allocate(len + CHUNK_HEADER);
  if (!chunk) return 0;
  store<u32>(chunk, next);
  store<u32>(chunk, blockBytes(chunk) - CHUNK_HEADER, 4);
  store<u32>(chunk, len, 8);
  store<u32>(chunk, 0, 12);
  memory.copy(chunk + CHUNK_HEADER, ptr, len);
  return <u32> chunk;
}

/** First chunk of a connection that gets messages of others: most are short and few. */
const SMALL_CHUNK_BYTES: u32 = 1024;

/**
 * Adds bytes to a chain's end (0 for a new chain), past the reply writer. They are not split.
 *
 * @returns the last chunk: the one given, or a new one; 0 when memory is out
 */
export function chunkAppend(tail: u32, ptr: usize, len: u32): u32 {
  let size = SMALL_CHUNK_BYTES - CHUNK_HEADER;
  if (tail) {
    const written = load<u32>(tail, 8);
    const capacity = load<u32>(tail, 4);
    if (len <= capacity - written) {
      memory.copy(tail + CHUNK_HEADER + written, ptr, len);
      store<u32>(tail, written + len, 8);
      return tail;
    }
    size = min(capacity << 1, CHUNK_BYTES - CHUNK_HEADER);
  }
  const chunk = allocate(max(len, size) + CHUNK_HEADER);
  if (!chunk) return 0;
  store<u32>(chunk, 0);
  store<u32>(chunk, blockBytes(chunk) - CHUNK_HEADER, 4);
  store<u32>(chunk, len, 8);
  store<u32>(chunk, 0, 12);
  memory.copy(chunk + CHUNK_HEADER, ptr, len);
  if (tail) store<u32>(tail, <u32> chunk);
  return <u32> chunk;
}

/** Frees a chunk. @returns the next one */
export function chunkFree(chunk: u32): u32 {
  const next = load<u32>(chunk);
  free(chunk);
  return next;
}

export function chainFree(chunk: u32): void {
  while (chunk) chunk = chunkFree(chunk);
}

/** Goes on in a new chunk with room for `need` bytes. @returns false when memory is out */
function nextChunk(need: u32): bool {
  outSettle();
  if (isOver(need)) return false;
  const chunk = allocate(max(need, CHUNK_BYTES - CHUNK_HEADER) + CHUNK_HEADER);
  if (!chunk) {
    store<u32>(OUT_FAILED, OUT_LOST);
    // The rest of the piece is closed too: a shorter reply must not follow the one that is missing.
    store<u32>(OUT_END, load<u32>(OUT_POS));
    return false;
  }
  store<u32>(chunk, 0);
  store<u32>(chunk, blockBytes(chunk) - CHUNK_HEADER, 4);
  store<u32>(chunk, 0, 8);
  store<u32>(chunk, 0, 12);
  const tail = load<u32>(OUT_TAIL);
  if (tail) store<u32>(tail, <u32> chunk);
  else store<u32>(OUT_HEAD, <u32> chunk);
  store<u32>(OUT_TAIL, <u32> chunk);
  beginPiece(<u32> chunk + CHUNK_HEADER, <u32> (chunk + blockBytes(chunk)));
  return true;
}

/** Takes what the piece holds from the room there is. @returns whether `need` bytes more are too many: then no more are written */
function isOver(need: u32): bool {
  const room = load<u32>(OUT_ROOM);
  if (!room) return false;
  const pos = load<u32>(OUT_POS);
  const left = room - min(room - 1, pos - load<u32>(OUT_PIECE));
  if (need < left) {
    store<u32>(OUT_ROOM, left);
    return false;
  }
  store<u32>(OUT_FAILED, OUT_OVER);
  store<u32>(OUT_MUTED, 1);
  store<u32>(OUT_END, pos);
  return true;
}

/** Where the next `need` bytes go; 0 when they must be dropped. */
@inline function reserve(need: u32): usize {
  const pos = load<u32>(OUT_POS);
  if (load<u32>(OUT_MUTED)) return 0;
  if (need <= load<u32>(OUT_END) - pos) return pos;
  return reserveSlow(need);
}
function reserveSlow(need: u32): usize {
  if (load<u32>(OUT_FAILED) || !nextChunk(need)) return 0;
  return load<u32>(OUT_POS);
}
@inline function commit(end: usize): void {
  if (ASSERTS) {
    assert(end >= load<u32>(OUT_POS) && end <= load<u32>(OUT_END), "more of a reply than there was room for");
  }
  store<u32>(OUT_POS, <u32> end);
}

// ---- what does not fit ----------------------------------------------------------------------------

/** Notes that a reply begins here. */
@inline export function replyBegin(): void {
  store<u32>(REPLY_POS, load<u32>(OUT_POS));
  store<u32>(REPLY_TAIL, load<u32>(OUT_TAIL) | 1);
}

/**
 * Takes back a reply for which memory ran out, so that another one can be given.
 *
 * @returns false when others have been written to since it began
 */
export function replyTakeBack(): bool {
  const mark = load<u32>(REPLY_TAIL);
  if (!mark) return false;
  const tail = mark & ~1;
  const pos = load<u32>(REPLY_POS);
  if (tail) {
    chainFree(load<u32>(tail));
    store<u32>(tail, 0);
    beginPiece(pos, tail + CHUNK_HEADER + load<u32>(tail, 4));
  } else {
    chainFree(load<u32>(OUT_HEAD));
    store<u32>(OUT_HEAD, 0);
    beginPiece(pos, pos ? <u32> ARENA + ARENA_BYTES : 0);
  }
  store<u32>(OUT_TAIL, tail);
  store<u32>(OUT_FAILED, 0);
  return true;
}

/**
 * Whether memory ran out for the reply under way: then what it tells of must not be done. It is taken back,
 * unless others have been written to since it began, and then its client is lost, but nothing else.
 */
export function replyLost(): bool {
  if (load<u32>(OUT_FAILED) != OUT_LOST) return false;
  replyTakeBack();
  return true;
}

/** Most that {@link replyReserve} asks for. */
const RESERVED_MAX: u64 = 0x3fffffff;

/**
 * Makes sure that bulk strings that take `bytes` together, {@link RESERVED_BYTES} for each of them included,
 * can be written: for what is done while it is told.
 *
 * @returns false when memory is out, and nothing of the reply is left then
 */
export function replyReserve(bytes: u64): bool {
  if (load<u32>(OUT_MUTED)) return true;
  if (bytes > RESERVED_MAX && !isOver(<u32> RESERVED_MAX)) store<u32>(OUT_FAILED, OUT_LOST);
  else if (bytes <= <u64> (load<u32>(OUT_END) - load<u32>(OUT_POS))) return true;
  else if (!load<u32>(OUT_FAILED)) nextChunk(<u32> bytes);
  return !replyLost();
}
/** What a bulk string, or a line, takes in {@link replyReserve} beside its own bytes. */
export const RESERVED_BYTES: u32 = 64;

/** Whether memory has room for a reply of so many elements of so many bytes, all that comes with them included. */
export function replyFits(count: f64, bytes: u32): bool {
  // It ends where it becomes too long for its client.
  if (load<u32>(OUT_ROOM)) return true;
  return count * bytes <= <f64> bytesLeft() + ARENA_BYTES;
}

/** Bytes of a bulk string. */
@inline export function bulkBytes(len: u32): u32 {
  return 5 + u64Length(len) + len;
}

// ---- the types of RESP ----------------------------------------------------------------------------

/** `prefix`, a number, CRLF: an integer, or the head of a bulk or an aggregate. */
@inline function line(prefix: u32, value: i64): void {
  const at = reserve(LINE_BYTES);
  if (!at) return;
  store<u8>(at, <u8> prefix);
  let end = at + 1;
  if (<u64> value < 10) {
    store<u8>(end, <u8> (0x30 + value));
    end++;
  } else end += writeI64(end, value);
  store<u16>(end, CRLF);
  commit(end + 2);
}

export function replyI64(value: i64): void {
  line(0x3a, value);
}
/** An integer that the host has as a Number: exact up to 2^53. */
export function replyNumber(value: f64): void {
  line(0x3a, <i64> value);
}
export function replyArray(count: u32): void {
  line(0x2a, count);
}
/** A map of `pairs` pairs; in RESP2 an array of twice as many. */
export function replyMap(pairs: u32): void {
  if (load<u32>(OUT_RESP) == 3) line(0x25, pairs);
  else line(0x2a, <i64> pairs << 1);
}
export function replySet(count: u32): void {
  line(load<u32>(OUT_RESP) == 3 ? 0x7e : 0x2a, count);
}
export function replyPush(count: u32): void {
  line(load<u32>(OUT_RESP) == 3 ? 0x3e : 0x2a, count);
}
export function replyAttribute(pairs: u32): void {
  line(0x7c, pairs);
}

export function replyOk(): void {
  const at = reserve(LINE_BYTES);
  if (!at) return;
  store<u32>(at, 0x0d4b4f2b); // +OK\r
  store<u8>(at, 0x0a, 4);
  commit(at + 5);
}

export function replyNull(): void {
  const at = reserve(LINE_BYTES);
  if (!at) return;
  if (load<u32>(OUT_RESP) == 3) {
    store<u32>(at, 0x000a0d5f); // _\r\n
    commit(at + 3);
  } else {
    store<u32>(at, 0x0d312d24); // $-1\r
    store<u8>(at, 0x0a, 4);
    commit(at + 5);
  }
}

export function replyNullArray(): void {
  const at = reserve(LINE_BYTES);
  if (!at) return;
  if (load<u32>(OUT_RESP) == 3) {
    store<u32>(at, 0x000a0d5f);
    commit(at + 3);
  } else {
    store<u32>(at, 0x0d312d2a); // *-1\r
    store<u8>(at, 0x0a, 4);
    commit(at + 5);
  }
}

export function replyBool(value: bool): void {
  if (load<u32>(OUT_RESP) != 3) {
    line(0x3a, value ? 1 : 0);
    return;
  }
  const at = reserve(LINE_BYTES);
  if (!at) return;
  store<u32>(at, value ? 0x0a0d7423 : 0x0a0d6623); // #t\r\n, #f\r\n
  commit(at + 4);
}

export function replyBulk(ptr: usize, len: u32): void {
  const at = reserve(len + 32);
  if (!at) return;
  store<u8>(at, 0x24);
  let end = at + 1;
  if (len < 10) {
    store<u8>(end, <u8> (0x30 + len));
    end++;
  } else if (len < 100) {
    store<u16>(end, <u16> (0x3030 + len / 10 + (len % 10 << 8)));
    end += 2;
  } else end += writeU64(end, len);
  store<u16>(end, CRLF);
  end += 2;
  copy(end, ptr, len);
  end += len;
  store<u16>(end, CRLF);
  commit(end + 2);
}

/** memory.copy is a call into the engine: short strings go by 16 bytes, over-reading within the memory. */
@inline function copy(to: usize, from: usize, len: u32): void {
  if (len > 128) {
    memory.copy(to, from, len);
    return;
  }
  // Room for the overshoot: every reservation of a bulk asks for 32 bytes more than it writes.
  for (let at: u32 = 0; at < len; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Most short strings that {@link replyShortRun} writes with one look at the room there is. */
const RUN: u32 = 64;

/**
 * Entries of a listpack (listpack.ts) as bulks, as long as they are strings below 64 bytes: what a range
 * of a list mostly is. The head of such a one is its own length, so it is copied straight over.
 *
 * @param p the first entry
 * @param count entries wanted
 * @returns the entry after those written, whose number {@link runWritten} has
 */
export function replyShortRun(p: usize, count: u32): usize {
  let left = count;
  while (left) {
    // Each takes 70 bytes at most, and the last copy may write 15 past its end.
    let out = reserve(min(left, RUN) * 72 + 32);
    if (!out) break;
    let wanted = min(left, RUN);
    for (; wanted; wanted--) {
      const byte: u32 = load<u8>(p);
      if ((byte & 0xc0) != 0x80) break;
      const len = byte & 63;
      if (len < 10) {
        store<u32>(out, 0x0a0d3024 + (len << 8)); // $0\r\n
        out += 4;
      } else {
        store<u32>(out, 0x0d303024 + (len / 10 << 8) + (len % 10 << 16)); // $00\r
        store<u8>(out, 0x0a, 4);
        out += 5;
      }
      for (let at: u32 = 0; at < len; at += 16) v128.store(out + at, v128.load(p + 1 + at));
      store<u16>(out + len, CRLF);
      out += len + 2;
      p += len + 2;
      left--;
    }
    commit(out);
    if (wanted) break;
  }
  runWritten = count - left;
  return p;
}
/** Entries that the last {@link replyShortRun} wrote. */
export let runWritten: u32 = 0;

/** An integer as a bulk string. */
export function replyBulkI64(value: i64): void {
  const at = reserve(LINE_BYTES);
  if (!at) return;
  const len = i64Length(value);
  store<u8>(at, 0x24);
  let end = at + 1 + writeU64(at + 1, len);
  store<u16>(end, CRLF);
  end += 2;
  end += writeI64(end, value);
  store<u16>(end, CRLF);
  commit(end + 2);
}

/** Bytes as they are: a simple string, an error or a whole reply that the host has composed. */
export function replyRaw(ptr: usize, len: u32): void {
  const at = reserve(len + 16);
  if (!at) return;
  memory.copy(at, ptr, len);
  commit(at + len);
}

/** Argument `index` of the command under way, as a bulk. */
export function replyArgument(index: u32): void {
  const slot = <usize> load<u32>(ARGV) + (index << 3);
  replyBulk(load<u32>(slot), load<u32>(slot, 4));
}

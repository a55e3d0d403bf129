/**
 * The longest common subsequence of two texts, as the LCS command tells it.
 *
 * The caller lends a table, row by row, of (aLen + 1) * (bLen + 1) lengths:
 *
 *             b:   0    1         bLen
 *            +----+----+-- -- --+----+
 *   a:    0  | 0  | 0  |        | 0  |   u32 each; entry (i, j) is the length for the first
 *         1  | 0  |    |        |    |   i bytes of a and the first j bytes of b
 *            +----+----+-- -- --+----+
 *      aLen  | 0  |    |        |    |
 *            +----+----+-- -- --+----+
 *
 * {@link lcsFill} fills it (about 1 ns an entry); then the walk back from the last entry (aLen + bLen
 * steps) gives the text and the ranges, last range first. Where it may drop a byte of either, it
 * drops b's unless dropping a's keeps more: of several longest ones Redis tells that one.
 *
 * Source: Wagner and Fischer, "The String-to-String Correction Problem", 1974.
 */

/** Bytes of a cursor: u32 each i, j, then the range: first and last of a, first and last of b. */
export const LCS_CURSOR_BYTES: u32 = 24;

/** Bytes of the table; above 2^32 there is no room for it. A float, so that it cannot wrap. */
export function lcsTableBytes(aLen: u32, bLen: u32): f64 {
  return (<f64> aLen + 1) * (<f64> bLen + 1) * 4;
}

/** Fills the table and returns the length of the longest common subsequence. */
export function lcsFill(a: usize, aLen: u32, b: usize, bLen: u32, table: usize): u32 {
  const rowBytes = (<usize> bLen + 1) << 2;
  memory.fill(table, 0, rowBytes);
  let above = table;
  for (const aEnd = a + aLen; a < aEnd; a++) {
    const row = above + rowBytes;
    const byte = load<u8>(a);
    let left: u32 = 0;
    let corner: u32 = 0;
    store<u32>(row, 0);
    for (let j: usize = 0; j < bLen; j++) {
      const up = load<u32>(above + (j << 2), 4);
      left = byte == load<u8>(b + j) ? corner + 1 : max(left, up);
      corner = up;
      store<u32>(row + (j << 2), left, 4);
    }
    above = row;
  }
  return load<u32>(above + rowBytes - 4);
}

/** Puts the cursor behind the last bytes of both texts. */
export function lcsStart(cursor: usize, aLen: u32, bLen: u32): void {
  store<u32>(cursor, aLen);
  store<u32>(cursor, bLen, 4);
}

/**
 * Walks back to the next range: a run of common bytes that is unbroken in both texts, as long as the
 * walk lets it be. Moves the cursor and puts the range into it.
 *
 * @returns false when there are no more ranges
 */
export function lcsNext(cursor: usize, a: usize, b: usize, bLen: u32, table: usize): bool {
  let i: usize = load<u32>(cursor);
  let j: usize = load<u32>(cursor, 4);
  const rowBytes = (<usize> bLen + 1) << 2;
  while (i > 0 && j > 0 && load<u8>(a + i - 1) != load<u8>(b + j - 1)) {
    const at = table + i * rowBytes + (j << 2);
    if (load<u32>(at - rowBytes) > load<u32>(at - 4)) i--;
    else j--;
  }
  if (i == 0 || j == 0) return false;
  store<u32>(cursor, <u32> (i - 1), 12);
  store<u32>(cursor, <u32> (j - 1), 20);
  while (i > 0 && j > 0 && load<u8>(a + i - 1) == load<u8>(b + j - 1)) {
    i--;
    j--;
  }
  store<u32>(cursor, <u32> i, 8);
  store<u32>(cursor, <u32> j, 16);
  store<u32>(cursor, <u32> i);
  store<u32>(cursor, <u32> j, 4);
  return true;
}

/**
 * Writes the longest common subsequence.
 *
 * @param out room for its length, which {@link lcsFill} returned and which is given as `len`
 * @param cursor LCS_CURSOR_BYTES to borrow
 */
export function lcsWrite(
  out: usize,
  len: u32,
  a: usize,
  aLen: u32,
  b: usize,
  bLen: u32,
  table: usize,
  cursor: usize,
): void {
  lcsStart(cursor, aLen, bLen);
  let end = out + len;
  while (lcsNext(cursor, a, b, bLen, table)) {
    const first = load<u32>(cursor, 8);
    const size = load<u32>(cursor, 12) - first + 1;
    end -= size;
    memory.copy(end, a + first, size);
  }
}

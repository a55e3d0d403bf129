/**
 * A data set without its data: what the file says of itself, and libraries of functions, if they are wanted.
 *
 * ```
 *  "REDIS0010" | 0xfa name value ... | 0xf5 library ... | 0xff | u64 checksum, 0 = none
 * ```
 */

const MAGIC = "REDIS0010";
const AUX = 0xfa;
const FUNCTION = 0xf5;
const END = 0xff;

/** @param functions libraries' code, one character a byte */
export function fileWithoutData(redisVersion: string, functions: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  const put = (text: string) => {
    for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i) & 0xff);
  };
  const putText = (text: string) => {
    const { length } = text;
    if (length < 64) bytes.push(length);
    else if (length < 1 << 14) bytes.push(0x40 | length >> 8, length & 0xff);
    else bytes.push(0x80, length >>> 24, length >>> 16 & 0xff, length >>> 8 & 0xff, length & 0xff);
    put(text);
  };
  put(MAGIC);
  for (const text of ["redis-ver", redisVersion, "redis-bits", "64"]) {
    if (text.startsWith("redis-")) bytes.push(AUX);
    putText(text);
  }
  for (const library of functions) {
    bytes.push(FUNCTION);
    putText(library);
  }
  bytes.push(END, 0, 0, 0, 0, 0, 0, 0, 0);
  return Uint8Array.from(bytes);
}

/** CRC-64 of Jones by the bit: what a payload of DUMP and a file end with; slow, and nothing of the core's. */

const REFLECTED = 0x95ac9329ac4bc9b5n;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? crc >> 1n ^ REFLECTED : crc >> 1n;
  return crc;
});

/** The checksum of a binary string, as eight bytes with low bits first. */
export function crc64Bytes(text: string): string {
  let crc = 0n;
  for (let i = 0; i < text.length; i++) {
    crc = TABLE[Number(crc & 255n) ^ text.charCodeAt(i)] ^ crc >> 8n;
  }
  let bytes = "";
  for (let i = 0; i < 8; i++, crc >>= 8n) bytes += String.fromCharCode(Number(crc & 255n));
  return bytes;
}

/** A payload of RESTORE: type and value with a version and a right checksum behind them. */
export function payloadOf(body: string, version = 10): string {
  const text = body + String.fromCharCode(version, 0);
  return text + crc64Bytes(text);
}

/** Bytes of version and checksum. */
const FOOTER_BYTES = 10;

/** What stands before the version. */
export function bodyOf(payload: string): string {
  return payload.slice(0, -FOOTER_BYTES);
}

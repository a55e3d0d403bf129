/** Replies of the geo commands: coordinates and distances. */
import { OUT_RESP, SCRATCH } from "../../base/layout";
import { EXTENDED_BYTES, extendedFromDouble, writeExtended } from "../../text/extended";
import { writeDigits, writeU64 } from "../../text/number";
import { replyArray, replyBulk, replyRaw } from "../../protocol/reply";
import { multiplyHigh, roundingUnit, setFraction, shiftRight } from "../../text/wide";

/** Where numbers are spelt. */
const TEXT = memory.data(64);
const NUMBER = memory.data(16);

/** Writes a number of 0 or more, below 2^53, as C's `%.4f` does. @returns its length */
export function writeFixed4(out: usize, value: f64): u32 {
  const sign = u32(reinterpret<u64>(value) >> 63);
  if (isNaN(value)) {
    store<u8>(out, 45);
    store<u16>(out + sign, 0x616e);
    store<u8>(out + sign, 0x6e, 2);
    return sign + 3;
  }
  const bits = reinterpret<u64>(value);
  const biased = <i32> (bits >> 52);
  const mantissa = (bits & 0xfffffffffffff) | (u64(biased > 0) << 52);
  // The value is mantissa / 2^behind.
  const behind = <u64> (1075 - max(biased, 1));
  let whole = behind < 64 ? mantissa >> behind : 0;
  const below = behind < 64 ? mantissa << (64 - behind) : mantissa;
  setFraction(below * 10000);
  let decimals = multiplyHigh(below, 10000);
  if (behind > 64) decimals = shiftRight(decimals, behind - 64);
  decimals += roundingUnit(decimals);
  if (decimals == 10000) {
    decimals = 0;
    whole++;
  }
  const len = writeU64(out, whole);
  store<u8>(out + len, 46);
  writeDigits(out + len + 1, decimals, 4);
  return len + 5;
}

export function replyDistance(meters: f64): void {
  replyBulk(TEXT, writeFixed4(TEXT, meters));
}

function replyCoordinate(value: f64): void {
  extendedFromDouble(NUMBER, value);
  const len = writeExtended(TEXT + 1, NUMBER, SCRATCH);
  if (load<u32>(OUT_RESP) != 3) {
    replyBulk(TEXT + 1, len);
    return;
  }
  store<u8>(TEXT, 0x2c);
  store<u16>(TEXT + 1 + len, 0x0a0d);
  replyRaw(TEXT, len + 3);
}

/** A place as an array of two. */
export function replyPlace(longitude: f64, latitude: f64): void {
  replyArray(2);
  replyCoordinate(longitude);
  replyCoordinate(latitude);
}

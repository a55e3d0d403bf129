/** Numbers as C prints them. */

import { formatDouble } from "../resp/reply.ts";

/** A number as `%.17g` of C prints it. */
export function formatNumber(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-nan" : formatDouble(value);
  return generalFormat(value, 17);
}

/** A double as C's conversion to a signed integer of 64 bits makes it, on a machine of today. */
export function toInt64(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

/** The same to an unsigned one. */
export function toUint64(value: number): bigint {
  if (value >= 2 ** 64) return 0n;
  return value >= 2 ** 63 ? BigInt(value) : BigInt.asUintN(64, toInt64(value));
}

/** `%.<precision>g` of C. */
export function generalFormat(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, power] = value.toExponential(precision - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= precision) {
    const sign = exponent < 0 ? "-" : "+";
    return `${trimmed(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return trimmed(value.toFixed(Math.max(0, precision - 1 - exponent)));
}

/** Without zeros at the end of a fraction. */
function trimmed(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

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
  const [digits, exponent] = roundedTo(value, precision);
  if (exponent < -4 || exponent >= precision) {
    const sign = exponent < 0 ? "-" : "+";
    return `${trimmed(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = value < 0 ? "-" : "";
  const plain = digits.replace(/[-.]/g, "");
  if (exponent < 0) return trimmed(`${sign}0.${"0".repeat(-exponent - 1)}${plain}`);
  return trimmed(`${sign}${plain.slice(0, exponent + 1)}.${plain.slice(exponent + 1)}`);
}

/** What lies beyond the digits asked for: enough to see that a double is just between two numbers of so many. */
const MORE_DIGITS = 60;

/** A number's first digits and its power of ten; what is just between two goes to the even one, as in C. */
function roundedTo(value: number, precision: number): [digits: string, exponent: number] {
  const exact = value.toExponential(precision - 1 + MORE_DIGITS);
  const cut = exact.indexOf("e") - MORE_DIGITS;
  const isTie = exact[cut] === "5" && /^50*$/.test(exact.slice(cut, cut + MORE_DIGITS));
  if (isTie && Number(exact[cut - 1] === "." ? exact[cut - 2] : exact[cut - 1]) % 2 === 0) {
    return [exact.slice(0, cut), Number(exact.slice(cut + MORE_DIGITS + 1))];
  }
  const [digits, power] = value.toExponential(precision - 1).split("e");
  return [digits, Number(power)];
}

/** Without zeros at the end of a fraction. */
function trimmed(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0*$/, "") : digits;
}

/** How INFO writes its numbers. */

/** A field and its value as INFO shows them. */
export type Row = readonly [name: string, value: string | number];

const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Bytes for people: two digits after the point, from the kibibyte on. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}

/** A share in percent, two digits; 0 of nothing. */
export function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : part * 100 / whole).toFixed(2)}%`;
}

/** A quotient with two digits; 0 when there is nothing to divide by. */
export function ratio(value: number, base: number): string {
  return (base === 0 ? 0 : value / base).toFixed(2);
}

/** 1 and 0. */
export function bit(value: boolean): number {
  return value ? 1 : 0;
}

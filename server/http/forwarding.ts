/**
 * Which commands of a request a replica leaves to its primary: those that it has refused as it is read-only, PUBLISH
 * among them, and what is read behind them, which should see what they have done. All run here first: whether they
 * may run at all is decided here, by the rights of whoever asks.
 */

import { isErrorAt, lineEnd, replyEnd } from "./json.ts";

/** Where each of several replies begins, and where the last one ends. */
export function placesOf(source: Uint8Array, from: number, count: number): number[] {
  const places = [from];
  for (let i = 0; i < count; i++) places.push(replyEnd(source, places[i], source.length));
  return places;
}

/** @returns the indices of commands to be run by the primary */
export function toForward(
  source: Uint8Array,
  places: readonly number[],
  may: (index: number) => boolean,
  reads: (index: number) => boolean,
): number[] {
  const indices: number[] = [];
  for (let i = 0; i + 1 < places.length; i++) {
    const isRead = () => indices.length !== 0 && !isErrorAt(source, places[i]) && reads(i);
    if ((isReadOnlyAt(source, places[i]) || isRead()) && may(i)) indices.push(i);
  }
  return indices;
}

/**
 * Whether a transaction was refused for what it would have written, and for nothing else.
 *
 * @param places of the replies to MULTI, to each command and to EXEC
 */
export function isTransactionToForward(source: Uint8Array, places: readonly number[]): boolean {
  const exec = places[places.length - 2];
  if (!isErrorAt(source, exec)) return elementIsReadOnly(source, exec);
  let refused = false;
  for (let i = 1; i < places.length - 2; i++) {
    if (!isErrorAt(source, places[i])) continue;
    if (!isReadOnlyAt(source, places[i])) return false;
    refused = true;
  }
  return refused;
}

/** Of a script, whose writes are only met as it runs. */
function elementIsReadOnly(source: Uint8Array, array: number): boolean {
  const end = replyEnd(source, array, source.length);
  for (let at = lineEnd(source, array); at < end; at = replyEnd(source, at, end)) {
    if (isReadOnlyAt(source, at)) return true;
  }
  return false;
}

const READ_ONLY = "-READONLY ";

function isReadOnlyAt(source: Uint8Array, at: number): boolean {
  for (let i = 0; i < READ_ONLY.length; i++) {
    if (source[at + i] !== READ_ONLY.charCodeAt(i)) return false;
  }
  return true;
}

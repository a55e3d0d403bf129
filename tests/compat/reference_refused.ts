/**
 * What 7.2.4 was measured to answer and Etna does not, with the reason. These steps are compared with the server
 * beside the tests like all others.
 */

import type { Answer } from "./reference_rows.ts";

export interface Refused {
  /** The case, and in it the steps by their line. */
  readonly name: string;
  readonly steps: Readonly<Record<string, Answer>>;
  readonly why: string;
}

export const REFUSED: readonly Refused[] = [
  {
    name: "client / CLIENT SETNAME: good and bad names",
    steps: { 'CLIENT SETNAME "nul\\x00"': "+ OK" },
    why:
      "7.2.4 checks a name up to its first zero byte and keeps what is behind it unchecked, line breaks " +
      "included, which then stand in CLIENT LIST: a fault, mended in later versions.",
  },
  {
    name: "list / LSET: both ends, the middle, outside",
    steps: {
      "LSET k 9223372036854775807 x": "+ OK",
      "LSET k -9223372036854775808 x": "+ OK",
    },
    why:
      "7.2.4 keeps the index of a list of one listpack in 32 bits, and so changes the first and the last " +
      "element of a list where there is none at the index: a fault.",
  },
  {
    name: "dump / DUMP: the bytes of what has one form",
    steps: { "DUMP a": '"\\x00\\x00\\x0b\\x004D\\xe13\\xf2\\xe0KS"' },
    why:
      "Payloads and files of version 11 cannot be read by the 7.0 beside the tests, which tells whether they " +
      "are right; both versions are read. Nothing of what 11 adds is lost but when consumers were last active.",
  },
  ...["each type and encoding", "long lists, sets, hashes and sorted sets"].map((title) => ({
    name: `debug / DEBUG DIGEST: ${title}`,
    steps: {},
    why:
      "The digest of scores is that of their text, which 7.2.4 prints shorter. Random comparisons tell by the " +
      "digest whether Etna holds what the 7.0 beside it does.",
  })),
];

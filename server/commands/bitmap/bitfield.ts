/** BITFIELD and BITFIELD_RO. */

import type { Context } from "../context.ts";
import type { Arguments } from "../facts.ts";
import { type Argument, command, type KeyFlag, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, wrong } from "./shared.ts";

const BAD_TYPE = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not " +
  "supported but i64 is.";
const BAD_OVERFLOW = "ERR Invalid OVERFLOW type specified";
const ONLY_GET = "ERR BITFIELD_RO only supports the GET subcommand";

/** Whether a status says that the arguments were wrong, before a key was looked for. */
function badArguments(c: Context, status: number): boolean {
  const { FIELD_OVERFLOW_WRONG, FIELD_TYPE_WRONG, FIELD_WRITES } = c.core.at;
  if (status === FIELD_TYPE_WRONG) c.reply.error(BAD_TYPE);
  else if (status === FIELD_OVERFLOW_WRONG) c.reply.error(BAD_OVERFLOW);
  else if (status === FIELD_WRITES) c.reply.error(ONLY_GET);
  else return false;
  return true;
}

function run(c: Context, readOnly: boolean): void {
  const { FIELD_ADDED, FIELD_READ, FIELD_READ_MISSING, FIELD_READ_WRONG_TYPE } = c.core.at;
  const status = c.x.bitfield(c.db, 1, 2, readOnly);
  if (status === FIELD_READ_WRONG_TYPE) {
    c.looked(true);
    return c.reply.error(errors.wrongType);
  }
  if (status < 0) {
    if (!badArguments(c, status)) wrong(c, status, "");
    return;
  }
  if (status === FIELD_READ || status === FIELD_READ_MISSING) {
    return c.looked(status === FIELD_READ);
  }
  if (status === FIELD_ADDED) c.added(1);
  const changes = c.core.resultNumber();
  if (changes === 0) return;
  c.wroteMany(1, "$", "setbit", changes);
}

/** How BITFIELD uses its key: it only reads it when all of its operations do. */
function keyFlags(c: Arguments): readonly KeyFlag[] {
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    const left = c.argc - i - 1;
    if (option === "get" && left >= 2) i += 2;
    else if (option === "overflow" && left >= 1) i++;
    else return ["RW", "access", "update"];
  }
  return ["RO", "access"];
}

const encoding: Argument = { name: "encoding", type: "string" };
const offset: Argument = { name: "offset", type: "integer" };

export const bitfield = command({
  name: "BITFIELD",
  summary: "Reads and changes integers of any width at any bit of the string at a key.",
  since: "3.2.0",
  group: "bitmap",
  complexity: "O(1) for each operation",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "access", "update", "variable_flags"),
    notes: "This command allows both access and modification of the key",
  }],
  arguments: [
    keyArgument,
    {
      name: "operation",
      type: "oneof",
      optional: true,
      multiple: true,
      arguments: [
        { name: "encoding_offset", type: "block", token: "GET", arguments: [encoding, offset] },
        {
          name: "write",
          type: "block",
          arguments: [
            {
              name: "wrap_sat_fail",
              type: "oneof",
              token: "OVERFLOW",
              optional: true,
              arguments: [
                { name: "wrap", type: "pure-token", token: "WRAP" },
                { name: "sat", type: "pure-token", token: "SAT" },
                { name: "fail", type: "pure-token", token: "FAIL" },
              ],
            },
            {
              name: "write_operation",
              type: "oneof",
              arguments: [
                {
                  name: "encoding_offset_value",
                  type: "block",
                  token: "SET",
                  arguments: [encoding, offset, { name: "value", type: "integer" }],
                },
                {
                  name: "encoding_offset_increment",
                  type: "block",
                  token: "INCRBY",
                  arguments: [encoding, offset, { name: "increment", type: "integer" }],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  keyFlags,
  run: (c) => run(c, false),
});

export const bitfieldRo = command({
  name: "BITFIELD_RO",
  summary: "Reads integers of any width at any bit of the string at a key.",
  since: "6.0.0",
  group: "bitmap",
  complexity: "O(1) for each operation",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    {
      name: "encoding_offset",
      type: "block",
      token: "GET",
      optional: true,
      multiple: true,
      multipleToken: true,
      arguments: [encoding, offset],
    },
  ],
  run: (c) => run(c, true),
});

/** The replies of COMMAND INFO and COMMAND DOCS. */

import type { Reply } from "../../resp/reply.ts";
import { categoriesOf, flagNames, keyFlagNames, keyRange } from "../command_info.ts";
import type { Argument, CommandFacts, KeySpec } from "../define.ts";

/** One entry of COMMAND INFO. */
export function replyInfo(reply: Reply, command: CommandFacts): void {
  const { spec, subcommands } = command;
  const range = keyRange(command);
  reply.array(10);
  reply.bulk(command.name);
  reply.number(command.arity);
  reply.simpleSet(flagNames(command));
  reply.number(range.first);
  reply.number(range.last);
  reply.number(range.step);
  reply.simpleSet(categoriesOf(command).map((category) => `@${category}`));
  const tips = spec.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.bulk(tip);
  const keys = spec.keys ?? [];
  reply.set(keys.length);
  for (const key of keys) replyKeySpec(reply, key);
  reply.set(subcommands?.size ?? 0);
  for (const sub of subcommands?.values() ?? []) replyInfo(reply, sub);
}

type Value = string | number;

function replyKeySpec(reply: Reply, { flags, begin, find, notes }: KeySpec): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.bulk("notes");
    reply.bulk(notes);
  }
  reply.bulk("flags");
  reply.simpleSet(keyFlagNames(flags));
  reply.bulk("begin_search");
  if (begin === "unknown") replySearch(reply, "unknown", []);
  else if (typeof begin === "number") replySearch(reply, "index", [["index", begin]]);
  else {
    replySearch(reply, "keyword", [["keyword", begin.keyword], ["startfrom", begin.from]]);
  }
  reply.bulk("find_keys");
  if (find === "unknown") replySearch(reply, "unknown", []);
  else if ("countAt" in find) {
    const { countAt, firstAt, step } = find;
    replySearch(reply, "keynum", [["keynumidx", countAt], ["firstkey", firstAt], [
      "keystep",
      step,
    ]]);
  } else {
    const { last, step, limit } = find;
    replySearch(reply, "range", [["lastkey", last], ["keystep", step], ["limit", limit]]);
  }
}

function replySearch(reply: Reply, type: string, spec: readonly [string, Value][]): void {
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.bulk(name);
    if (typeof value === "number") reply.number(value);
    else reply.bulk(value);
  }
}

/** A field of a description: its name, and what writes its value. */
type Field = readonly [name: string, write: () => void];

/** Writes the fields as a map; those that are false are left out. */
function replyFields(reply: Reply, fields: readonly (Field | false)[]): void {
  const present = fields.filter((field) => field !== false);
  reply.map(present.length);
  for (const [name, write] of present) {
    reply.bulk(name);
    write();
  }
}

/** What COMMAND DOCS says of a command. */
export function replyDocs(reply: Reply, { spec, subcommands }: CommandFacts): void {
  const { history = [], deprecated } = spec;
  const flags = [...deprecated ? ["deprecated"] : [], ...spec.syscmd ? ["syscmd"] : []];
  const text = (value: string) => () => reply.bulk(value);
  replyFields(reply, [
    ["summary", text(spec.summary)],
    ["since", text(spec.since)],
    ["group", text(spec.group)],
    spec.complexity !== "" && ["complexity", text(spec.complexity)],
    flags.length !== 0 && ["doc_flags", () => reply.simpleSet(flags)],
    deprecated !== undefined && ["deprecated_since", text(deprecated.since)],
    deprecated !== undefined && ["replaced_by", text(deprecated.replacedBy)],
    history.length !== 0 && ["history", () => {
      reply.set(history.length);
      for (const change of history) reply.bulks(change);
    }],
    spec.arguments !== undefined && ["arguments", () => replyArguments(reply, spec.arguments!)],
    subcommands !== null && ["subcommands", () => {
      reply.map(subcommands.size);
      for (const sub of subcommands.values()) {
        reply.bulk(sub.name);
        replyDocs(reply, sub);
      }
    }],
  ]);
}

function replyArguments(reply: Reply, list: readonly Argument[]): void {
  reply.array(list.length);
  for (const argument of list) replyArgument(reply, argument);
}

function replyArgument(reply: Reply, argument: Argument): void {
  const { keySpec, token, summary, since, deprecatedSince } = argument;
  const flags = [
    ...argument.optional ? ["optional"] : [],
    ...argument.multiple ? ["multiple"] : [],
    ...argument.multipleToken ? ["multiple_token"] : [],
  ];
  const text = (value: string) => () => reply.bulk(value);
  replyFields(reply, [
    ["name", text(argument.name)],
    ["type", text(argument.type)],
    keySpec !== undefined && ["key_spec_index", () => reply.number(keySpec)],
    token !== undefined && ["token", text(token)],
    summary !== undefined && ["summary", text(summary)],
    since !== undefined && ["since", text(since)],
    deprecatedSince !== undefined && ["deprecated_since", text(deprecatedSince)],
    flags.length !== 0 && ["flags", () => reply.simpleSet(flags)],
    argument.arguments !== undefined &&
    ["arguments", () => replyArguments(reply, argument.arguments!)],
  ]);
}

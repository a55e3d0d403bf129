/**
 * Commands as their specifications describe them: for each command of a registry a few ways to write it,
 * which together use every argument that COMMAND DOCS tells of.
 */

import type { Argument, Command, CommandSpec } from "../../server/commands/define.ts";
import type { Registry } from "../../server/commands/registry.ts";

/** A command written out. */
export interface Form {
  readonly command: Command;
  readonly words: readonly string[];
  /** Indices of the words that are arguments, rather than names and options. */
  readonly values: readonly number[];
}

interface Piece {
  readonly text: string;
  readonly isValue: boolean;
}

/** What commands without any description of their arguments may be given. */
const UNDESCRIBED: readonly Piece[] = [{ text: "v", isValue: true }, { text: "1", isValue: true }];

/** Names of streams' entries. */
const ID_NAME = /(^|-)(id|start|end|min-idle|cursor)$/;

function valueOf(argument: Argument, key: string): string {
  switch (argument.type) {
    case "key":
      return key;
    case "integer":
      return "1";
    case "double":
      return "0.01";
    case "unix-time":
      return "99999999999";
    case "pattern":
      return "*";
    default:
      return ID_NAME.test(argument.name) ? "1" : "v";
  }
}

/** The ways to write one argument that is there. */
function written(argument: Argument, key: string): Piece[][] {
  const token: Piece[] = argument.token === undefined
    ? []
    : [{ text: argument.token === "" ? '""' : argument.token, isValue: false }];
  if (argument.type === "pure-token") return [token];
  if (argument.type === "oneof") {
    return (argument.arguments ?? []).flatMap((one) =>
      written(one, key).map((pieces) => [...token, ...pieces])
    );
  }
  if (argument.type === "block") {
    return sequences(argument.arguments ?? [], key).map((pieces) => [...token, ...pieces]);
  }
  return [[...token, { text: valueOf(argument, key), isValue: true }]];
}

/** The ways to write a list: with what must be there alone, and with each alternative of each argument. */
function sequences(list: readonly Argument[], key: string): Piece[][] {
  const ways = list.map((argument) => written(argument, key));
  const usual = (i: number) => list[i].optional ? [] : ways[i][0] ?? [];
  const found = [list.flatMap((_, i) => usual(i))];
  list.forEach((argument, varied) => {
    for (const way of ways[varied].slice(argument.optional ? 0 : 1)) {
      found.push(list.flatMap((_, i) => i === varied ? way : usual(i)));
    }
  });
  return found;
}

function formsOf(command: Command, key: string): Form[] {
  const { spec }: { spec: CommandSpec } = command;
  const name = command.name.split("|").map((word) => word.toUpperCase());
  const lists = spec.arguments === undefined
    ? [[], UNDESCRIBED.slice(0, 1), UNDESCRIBED]
    : sequences(spec.arguments, key);
  // One argument too many, or a subcommand that is none.
  const more = [...lists[0], { text: "v", isValue: true }];
  return [...lists, more].map((pieces) => ({
    command,
    words: [...name, ...pieces.map(({ text }) => text)],
    values: pieces.flatMap(({ isValue }, i) => isValue ? [i + name.length] : []),
  }));
}

/** Forms of every command and subcommand; `keyOf` names a key with a value for a command's group. */
export function allForms(registry: Registry, keyOf: (group: string) => string): Form[] {
  return registry.all.flatMap((command) => formsOf(command, keyOf(command.spec.group)));
}

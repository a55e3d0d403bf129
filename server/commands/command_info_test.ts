import { assertEquals } from "@std/assert";
import { categoriesOf, keyRange } from "./command_info.ts";
import { type CommandSpec, keysAt, type KeySpec } from "./define.ts";
import { Registry } from "./registry.ts";

function commandOf(spec: Partial<CommandSpec>) {
  const whole: CommandSpec = {
    name: "X",
    summary: "",
    since: "1.0.0",
    group: "generic",
    complexity: "",
    arity: 1,
    flags: [],
    ...spec,
  };
  return new Registry([[whole]]).find("x")!;
}

const categories = (spec: Partial<CommandSpec>) => categoriesOf(commandOf(spec)).join(" ");

Deno.test("categoriesOf: follow from group and flags, in the order of ACL CAT", () => {
  const { GET, CONFIG, EVAL_RO, SORT, BLPOP } = {
    GET: { group: "string", flags: ["readonly", "fast"] },
    CONFIG: { group: "server", flags: ["admin", "noscript"] },
    EVAL_RO: { group: "scripting", flags: ["readonly", "noscript"] },
    SORT: {
      flags: ["write"],
      categories: ["set", "sortedset", "list", "dangerous", "-keyspace"],
    },
    BLPOP: { group: "list", flags: ["write", "blocking"] },
  } satisfies Record<string, Partial<CommandSpec>>;
  assertEquals(categories(GET), "read string fast");
  assertEquals(categories(CONFIG), "admin slow dangerous");
  assertEquals(categories(EVAL_RO), "slow scripting");
  assertEquals(categories(SORT), "write set sortedset list slow dangerous");
  assertEquals(categories(BLPOP), "write list slow blocking");
  assertEquals(categories({ group: "list", subcommands: [] }), "slow");
});

Deno.test("keyRange: the specifications as one range", () => {
  const rangeOf = (...keys: KeySpec[]) => Object.values(keyRange(commandOf({ keys })));
  const counted: KeySpec = {
    flags: ["RO"],
    begin: 2,
    find: { countAt: 0, firstAt: 1, step: 1 },
  };
  assertEquals(rangeOf(), [0, 0, 0]);
  assertEquals(rangeOf(keysAt(1, -1, 2, "OW")), [1, -1, 2]);
  assertEquals(rangeOf(keysAt(1, 1, 1, "RO"), keysAt(2, 2, 1, "OW")), [1, 2, 1]);
  assertEquals(rangeOf(keysAt(2, 2, 1, "OW"), keysAt(3, -1, 1, "RO")), [2, -1, 1]);
  assertEquals(rangeOf(keysAt(1, 1, 1, "OW"), counted), [1, 1, 1]);
  assertEquals(rangeOf(counted), [0, 0, 0]);
});

/**
 * Scripts that would take for ever or all memory, and scripts that try to leave something behind: each ends with an
 * error, and the server goes on.
 */

import { assert, assertEquals } from "@std/assert";
import { type Etna, start } from "../../mod.ts";

const run = async (etna: Etna, script: string): Promise<string> => {
  try {
    return String(await etna.call("EVAL", script, "0"));
  } catch (error) {
    return (error as Error).message;
  }
};

const test = (name: string, act: (etna: Etna) => Promise<void>) =>
  Deno.test(name, async () => {
    const etna = await start({ port: 0 });
    try {
      await act(etna);
    } finally {
      await etna.close();
    }
  });

/** What ends by itself, and how the error begins. */
const greedy: Record<string, string> = {
  "return ('x'):rep(1e10)": "not enough memory",
  "local s = 'x' while true do s = s .. s end": "not enough memory",
  "local t = {} for i = 1, 1e9 do t[i] = i end": "not enough memory",
  "local t = {} while true do t = {t} end": "not enough memory",
  "return ('x'):rep(1e7):gsub('x', ('y'):rep(100))": "not enough memory",
  "local function f() return f() + 1 end return f()": "stack overflow",
  "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x":
    "stack overflow",
  "local t = {} t[1] = t return t": "",
  "return loadstring(('('):rep(1e5))": "",
  "return unpack({}, 1, 1e7)": "too many results",
  "return ('x'):rep(1e5):find(('(x'):rep(1e4))": "too many captures",
  "local function f() return coroutine.wrap(f)() end return f()": "C stack overflow",
  "local t = {} for i = 1, 5000 do t = {t} end return cjson.encode(t)": "excessive nesting",
  "return cjson.decode(('['):rep(1e6))": "too many nested",
  "return cmsgpack.unpack(('\\145'):rep(1e6))": "",
  "cjson.decode_max_depth(1e9) return cjson.decode(('['):rep(1e6))": "",
  "cjson.encode_max_depth(1e9) local t = {} for i = 1, 1e5 do t = {t} end return cjson.encode(t)":
    "",
  "return struct.unpack('i99999999999', 'x')": "integral size overflow",
};

test("a script that takes all memory or all of a stack gets an error, and the next one runs", async (etna) => {
  // Memory ends them, however long a busy machine takes for that.
  await etna.call("CONFIG", "SET", "busy-reply-threshold", "600000");
  for (const [script, error] of Object.entries(greedy)) {
    const answer = await run(etna, script);
    assert(answer.includes(error), `${script}: ${answer}`);
    assertEquals(await run(etna, "return 1 + 1"), "2", script);
  }
});

test("a script that takes for ever ends where nobody could end it, unless it has written", async (etna) => {
  await etna.call("CONFIG", "SET", "busy-reply-threshold", "100");
  for (
    const script of [
      "while true do end",
      "while true do pcall(function() while true do end end) end",
      "local f = coroutine.wrap(function() while true do end end) f()",
      "return string.find(('a'):rep(1e4), '.-.-.-.-b$')",
      "return ('x'):rep(1e5):find(('x?'):rep(2000) .. 'b')",
      "return (('x'):rep(1e7) .. 'y'):find(('x'):rep(1e6) .. 'z', 1, true)",
      "local s = ('x'):rep(1e5) for w in s:gmatch('.-.-.-y') do end",
    ]
  ) {
    const answer = await run(etna, script);
    assert(answer.includes("killed by user"), `${script}: ${answer}`);
    assertEquals(await run(etna, "return 1 + 1"), "2", script);
  }
});

/** What a script leaves behind, and what another one must not find. */
const leftovers: readonly (readonly [leave: string, look: string, found: string])[] = [
  ["table.insert(_G, 'x')", "return rawget(_G, 1) == nil and 'clean'", "clean"],
  ["table.insert(redis, 'x')", "return tostring(redis[1])", "nil"],
  ["string.rep = nil", "return ('x'):rep(2)", "xx"],
  ["getmetatable('').__index = nil", "return ('x'):rep(2)", "xx"],
  ["getmetatable('').__index.rep = nil", "return ('x'):rep(2)", "xx"],
  ["local f = loadstring('string.rep = nil') f()", "return ('x'):rep(2)", "xx"],
  ["rawset(string, 'rep', nil)", "return string.rep('x', 2)", "xx"],
  ["setmetatable(_G, nil)", "x = 1", "readonly"],
  [
    "for k, v in pairs(_G) do if type(v) == 'table' then v.x = 1 end end",
    "return tostring(string.x)",
    "nil",
  ],
  ["local t = pairs(_G) local _, g = pairs(_G) g.x = 1", "return tostring(rawget(_G, 'x'))", "nil"],
  ["KEYS.leaked = 1", "return tostring(KEYS.leaked)", "nil"],
  ["coroutine.wrap(function() table.insert(math, 1) end)()", "return tostring(math[1])", "nil"],
  ["table.sort(bit, function() end)", "return bit.band(3, 1)", "1"],
  [
    "error(setmetatable({}, {__index = function() while true do end end}))",
    "return 'fine'",
    "fine",
  ],
  ["collectgarbage('stop')", "return 'fine'", "fine"],
];

test("a script leaves nothing behind for others", async (etna) => {
  for (const [leave, look, found] of leftovers) {
    await run(etna, leave);
    const answer = await run(etna, look);
    assert(answer.includes(found), `${leave}; ${look}: ${answer}`);
  }
});

test("a script is given no file, no process and no compiled code", async (etna) => {
  for (
    const name of [
      "io",
      "debug",
      "package",
      "require",
      "module",
      "dofile",
      "loadfile",
      "print",
      "setfenv",
      "getfenv",
      "newproxy",
    ]
  ) {
    assertEquals(await run(etna, `return type(rawget(_G, '${name}'))`), "nil", name);
  }
  assertEquals(
    await run(etna, "local t = {} for k in pairs(os) do t[#t+1] = k end return t"),
    "clock",
  );
  assertEquals(
    await run(etna, "return tostring(loadstring(string.dump(function() return 1 end)))"),
    "nil",
  );
  assertEquals(
    await run(
      etna,
      "local s = string.dump(function() return 1 end) return tostring(load(function() local p = s s = nil return p end))",
    ),
    "nil",
  );
  assert((await run(etna, "\x1bLua")).includes("Error compiling"));
});

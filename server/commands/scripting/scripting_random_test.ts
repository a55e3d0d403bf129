/**
 * Random scripts on both servers: values to replies and back, in both protocols, the libraries on good and bad
 * input, patterns. ETNA_SEED repeats a run, ETNA_FUZZ_SCALE lengthens it.
 */

import { startPair } from "../../../tests/compat/harness.ts";
import { findOracle } from "../../../tests/support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { encodeCommand, RespClient } from "../../../tests/support/resp_client.ts";
import { quote } from "../../../tests/support/text.ts";

const ignore = findOracle() === undefined;
const seed = seedFromEnv("ETNA_SEED");
const SCALE = Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1);
const BATCH = 50;

type Maker = (random: SeededRandom) => string[];

/** Any bytes as a Lua string literal. */
function literal(bytes: string): string {
  const body = [...bytes].map((char) => `\\${String(char.charCodeAt(0)).padStart(3, "0")}`).join(
    "",
  );
  return `"${body}"`;
}

function bytesOf(random: SeededRandom, most: number, alphabet = ""): string {
  const length = random.below(most + 1);
  let text = "";
  for (let i = 0; i < length; i++) {
    text += alphabet === ""
      ? String.fromCharCode(random.below(256))
      : alphabet[random.below(alphabet.length)];
  }
  return text;
}

function number(random: SeededRandom): string {
  switch (random.below(8)) {
    case 0:
      return `${random.below(300) - 150}`;
    case 1:
      return `${random.nextUint32()}`;
    case 2:
      return `${random.nextUint32() / 2 ** 16}`;
    case 3:
      return `${random.chance(0.5) ? "-" : ""}2^${random.below(66)}`;
    case 4:
      return `${random.nextUint32()}e${random.below(40) - 20}`;
    case 5:
      return random.pick([
        "1/0",
        "-1/0",
        "-0.0",
        "0.5",
        "-0.5",
        "1e15",
        "1e14",
        "1e-5",
        "123456.789",
      ]);
    case 6:
      return `${random.below(1000)}/${1 + random.below(1000)}`;
    default:
      return `2^53+${random.below(8) - 4}`;
  }
}

/** An expression of Lua, whatever its value. */
function value(random: SeededRandom, depth: number): string {
  const kinds = depth === 0 ? 5 : 10;
  switch (random.below(kinds)) {
    case 0:
      return number(random);
    case 1:
      return literal(bytesOf(random, 20));
    case 2:
      return random.pick(["true", "false", "nil", "cjson.null"]);
    case 3:
      return literal(bytesOf(random, 8, "abc 01\r\n"));
    case 4:
      return `${random.below(10)}`;
    case 5:
      return table(random, depth);
    case 6: {
      const field = random.pick([
        "ok",
        "err",
        "big_number",
        "double",
        "map",
        "set",
        "verbatim_string",
      ]);
      return `{${field}=${value(random, depth - 1)}}`;
    }
    case 7:
      return `{map={${entry(random, depth)}}}`;
    case 8:
      return `{verbatim_string={format=${literal(bytesOf(random, 5, "txtmkd"))},string=${
        value(random, 0)
      }}}`;
    default:
      return random.pick([
        "{double=1.5}",
        "{double=1e300}",
        "{set={[1]=true}}",
        "{ok='fine'}",
        "{err='E x'}",
      ]);
  }
}

/** One pair: the order of several in a table is nobody's to know. */
function entry(random: SeededRandom, depth: number): string {
  const key = random.chance(0.5) ? number(random) : literal(bytesOf(random, 6, "abc\x00"));
  return random.chance(0.2) ? "" : `[${key}]=${value(random, depth - 1)}`;
}

function table(random: SeededRandom, depth: number): string {
  const items = Array.from({ length: random.below(6) }, () => value(random, depth - 1));
  return `{${items.join(",")}}`;
}

/** A function that shows any value as text, tables in an order of their own. */
const SHOW = `local function show(v)
  if type(v) == 'table' then
    local t = {}
    for k, x in pairs(v) do t[#t + 1] = show(k) .. '=' .. show(x) end
    table.sort(t)
    return '{' .. table.concat(t, ',') .. '}'
  elseif type(v) == 'number' then return string.format('%.17g', v)
  elseif v == cjson.null then return 'null'
  elseif type(v) == 'string' then return #v .. ':' .. v
  else return tostring(v) end
end `;

const RESULT: Maker = (random) => {
  const resp = random.pick(["", "redis.setresp(3) ", "redis.setresp(2) "]);
  return ["EVAL", `${resp}return ${value(random, 3)}`, "0"];
};

/** Commands whose replies are of all types; the data was put there before. */
const REPLIES = [
  "'get','s'",
  "'get','none'",
  "'lrange','l',0,-1",
  "'hgetall','h'",
  "'smembers','one'",
  "'zrange','z',0,-1,'withscores'",
  "'zscore','z','a'",
  "'zmscore','z','a','none'",
  "'incr','n'",
  "'lpop','l2',2",
  "'xrange','x','-','+'",
  "'object','encoding','s'",
  "'config','get','port'",
  "'hrandfield','h',1,'withvalues'",
  "'geopos','z','a','none'",
  "'type','z'",
  "'ping'",
  "'echo','x'",
  "'nosuch'",
  "'lpop','s'",
  "'debug','protocol','map'",
  "'xinfo','stream','x'",
  "'lmpop',1,'l3','left'",
  "'function','list'",
  "'lcs','s','s2','idx'",
];
const TAKEN: Maker = (random) => {
  const resp = random.pick(["", "redis.setresp(3) "]);
  const call = random.pick(REPLIES);
  return random.chance(0.3)
    ? ["EVAL", `${resp}return redis.pcall(${call})`, "0"]
    : ["EVAL", `${SHOW}${resp}return show(redis.pcall(${call}))`, "0"];
};

/** Arguments of every kind, shown by ECHO. */
const SENT: Maker = (random) => ["EVAL", `return redis.pcall('echo', ${value(random, 1)})`, "0"];

function json(random: SeededRandom, depth: number): string {
  const space = random.pick(["", "", " ", "\n\t"]);
  switch (random.below(depth === 0 ? 4 : 7)) {
    case 0:
      return space + random.pick(["true", "false", "null", "nan", "inf", "-inf", "tru", "NULL"]);
    case 1:
      return space +
        random.pick([
          "0",
          "-0",
          "1",
          "1.5",
          "-1e10",
          "0x1F",
          "1e999",
          "01",
          "1.",
          ".5",
          "--1",
          "+1",
        ]);
    case 2:
      return `${space}"${
        random.pick([
          "",
          "abc",
          "\\n",
          "\\u0041",
          "\\u00e9",
          "\\ud83d\\ude00",
          "\\ud800",
          "\\x",
          "\\u12",
          "\x01",
        ])
      }"`;
    case 3:
      return `${space}${random.below(100000)}${random.pick(["", "", "e5", ".25"])}`;
    case 4:
    case 5: {
      const items = Array.from({ length: random.below(4) }, () => json(random, depth - 1));
      return `${space}[${items.join(random.pick([",", ",", ", ", " "]))}]`;
    }
    default:
      return `${space}{"${random.pick(["a", "b", ""])}"${random.pick([":", ":", " : ", ""])}${
        json(random, depth - 1)
      }${random.pick(["", "", ""])}}`;
  }
}

const JSON_IN: Maker = (random) => {
  let text = json(random, 4);
  if (random.chance(0.3)) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + bytesOf(random, 2, '{}[]",:\\ 0a\x00') +
      text.slice(at + random.below(2));
  }
  return ["EVAL", `${SHOW}return show(cjson.decode(ARGV[1]))`, "0", text];
};
const JSON_OUT: Maker = (random) => ["EVAL", `return cjson.encode(${value(random, 4)})`, "0"];
const PACKED: Maker = (random) => {
  const values = Array.from({ length: 1 + random.below(3) }, () => value(random, 3));
  return ["EVAL", `return cmsgpack.pack(${values.join(",")})`, "0"];
};
const UNPACKED: Maker = (random) => {
  const starts =
    "\x90\x91\x92\x80\x81\xa0\xa1\xc0\xc2\xc3\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2\xd3\xd9\xda\xdc\xde\x01\xff";
  const text = random.chance(0.5) ? bytesOf(random, 12) : bytesOf(random, 12, starts);
  return ["EVAL", `${SHOW}return show({pcall(cmsgpack.unpack, ARGV[1])})`, "0", text];
};
const STRUCT: Maker = (random) => {
  const format = bytesOf(random, 5, "<>!bBhHlLTiIfdsc0123x ");
  return random.chance(0.5)
    ? [
      "EVAL",
      `return struct.pack(ARGV[1], ${[1, 2, 3, 4].map(() => number(random)).join(",")})`,
      "0",
      format,
    ]
    : [
      "EVAL",
      `${SHOW}return show({pcall(struct.unpack, ARGV[1], ARGV[2])})`,
      "0",
      format,
      bytesOf(random, 24),
    ];
};
const BITS: Maker = (random) => {
  const name = random.pick([
    "band",
    "bor",
    "bxor",
    "lshift",
    "rshift",
    "arshift",
    "rol",
    "ror",
    "tobit",
    "bnot",
    "bswap",
    "tohex",
  ]);
  const one = () =>
    `${random.chance(0.5) ? "" : "-"}${random.nextUint32() / (random.chance(0.2) ? 4 : 1)}`;
  const second = name.endsWith("shift") || name.startsWith("ro") || name === "tohex"
    ? `${random.below(70) - 35}`
    : one();
  return ["EVAL", `return bit.${name}(${one()}, ${second})`, "0"];
};
const PATTERNS: Maker = (random) => {
  const text = bytesOf(random, 16, "aabbcA1 .%-\x00\xe9");
  const pieces = [
    "a",
    "b",
    ".",
    "%a",
    "%d",
    "%s",
    "%w",
    "%W",
    "[ab]",
    "[^a]",
    "[a-c]",
    "(",
    ")",
    "()",
    "*",
    "+",
    "-",
    "?",
    "^",
    "$",
    "%1",
    "%b()",
    "%bab",
    "%f[%a]",
    "%%",
    "%",
    "[",
    "]",
    "\x00",
    "%z",
    "[%w_]",
    "[]a]",
  ];
  const pattern = Array.from({ length: random.below(6) }, () => random.pick(pieces)).join("");
  const call = random.pick([
    `string.find(ARGV[1], ARGV[2], ${random.below(8) - 3})`,
    "string.match(ARGV[1], ARGV[2])",
    `string.gsub(ARGV[1], ARGV[2], ${
      literal(random.pick(["x", "%0%0", "%1", "<%2>", "%%", "%"]))
    })`,
    "string.gsub(ARGV[1], ARGV[2], function(a, b) return b or a end)",
    "string.gsub(ARGV[1], ARGV[2], {a='1', b=2})",
    "(function() local t = {} for a, b in string.gmatch(ARGV[1], ARGV[2]) do t[#t+1] = {a, b} if #t > 30 then break end end return t end)()",
    "string.find(ARGV[1], ARGV[2], 1, true)",
  ]);
  return ["EVAL", `${SHOW}return show({${call}})`, "0", text, pattern];
};
const FORMATS: Maker = (random) => {
  const spec = `%${bytesOf(random, 2, "-+ #0")}${random.pick(["", "", "5", "12", "100"])}${
    random.pick(["", "", ".2", ".0", ".20"])
  }${random.pick([..."diouxXeEfgGcsq%y"])}`;
  return [
    "EVAL",
    `return string.format(ARGV[1], ${
      random.chance(0.8) ? number(random) : literal(bytesOf(random, 5, "ab\x00"))
    })`,
    "0",
    `<${spec}>`,
  ];
};

/** A reply with its numbers in one form. */
function withoutForms(raw: string): string {
  return raw.replace(/\$\d+\r\n/g, "$\r\n")
    .replace(/-?\d+(\.\d+)?(e[+-]\d+)?/g, (digits) => `${Number(digits)}`);
}

/** What is known to differ: addresses, and what is undefined in C. */
function isKnown(expected: string, got: string, script: string): boolean {
  if (/0x[0-9a-f]+/.test(expected)) return true;
  // Doubles are shown in their shortest form since 7.2.
  if (withoutForms(expected) === withoutForms(got)) return true;
  // A double that no integer can hold is converted by whatever the machine does.
  if (/format|struct|bit\./.test(script) && /1\/0|2\^6[3-5]|e1[5-9]|e[2-9]\d/.test(script)) {
    return true;
  }
  return expected === got;
}

const makers: Record<string, Maker> = {
  "results to replies": RESULT,
  "replies to values": TAKEN,
  "values to arguments": SENT,
  "cjson.decode": JSON_IN,
  "cjson.encode": JSON_OUT,
  "cmsgpack.pack": PACKED,
  "cmsgpack.unpack": UNPACKED,
  "struct": STRUCT,
  "bit": BITS,
  "patterns": PATTERNS,
  "string.format": FORMATS,
};

const SETUP = [
  ["SET", "s", "text"],
  ["SET", "s2", "next"],
  ["RPUSH", "l", "a", "b", "c"],
  ["RPUSH", "l2", ...Array.from({ length: 50 }, (_, i) => `${i}`)],
  ["RPUSH", "l3", ...Array.from({ length: 50 }, (_, i) => `${i}`)],
  ["HSET", "h", "f", "v"],
  ["SADD", "one", "m"],
  ["ZADD", "z", "1.5", "a", "2", "b"],
  ["XADD", "x", "1-1", "f", "v"],
];

for (const [name, maker] of Object.entries(makers)) {
  Deno.test({
    name: `random scripts: ${name}, from seed ${seed}`,
    ignore,
    fn: async () => {
      await using pair = await startPair();
      for (const protocol of ["2", "3"]) {
        using subject = await RespClient.connect(pair.subject);
        using oracle = await RespClient.connect(pair.oracle);
        const random = new SeededRandom(seed);
        for (const words of [["HELLO", protocol], ["FLUSHALL"], ...SETUP]) {
          await subject.command(...words);
          await oracle.command(...words);
        }
        for (let batch = 0; batch < 8 * SCALE; batch++) {
          const commands = Array.from({ length: BATCH }, () => maker(random));
          const sent = commands.map(encodeCommand).join("");
          await Promise.all([subject.sendRaw(sent), oracle.sendRaw(sent)]);
          for (const words of commands) {
            const [got, expected] = [(await subject.read()).raw, (await oracle.read()).raw];
            if (isKnown(expected, got, words[1])) continue;
            throw new Error(
              `${name}, RESP${protocol}, repeat with ETNA_SEED=${seed}\n  ${
                words.map(quote).join(" ")
              }\n  expected ${quote(expected)}\n  got      ${quote(got)}`,
            );
          }
        }
      }
    },
  });
}

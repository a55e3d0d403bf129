import { assert, assertEquals } from "@std/assert";
import {
  fromLatin1,
  fuzz,
  fuzzScale,
  latin1,
  type Random,
  type TestingCore,
  withHeap,
} from "./testing.ts";
import { checkHeap, heapCounters, Hoard } from "./testing_heap.ts";
import {
  limits,
  multibulk,
  mutate,
  type Parsed,
  parseModel,
  randomStream,
  Requests,
} from "./testing_requests.ts";

const NAMES = [
  "ping",
  "get",
  "set",
  "expireat",
  "pexpireat",
  "a-command-of-24-letters!",
  "x",
  "b-1@_",
];
const WHOLE_SPACE_PAGES = 65535;

async function withCommands(pages?: number): Promise<TestingCore> {
  const testing = await withHeap(pages);
  const { core, u32 } = testing;
  assert(core.keyspaceInit(1));
  u32[core.IN_MAX_BULK.value >>> 2] = limits.maxBulk;
  NAMES.forEach((name, id) => {
    assert(core.registerCommand(core.SCRATCH.value, testing.put(core.SCRATCH.value, name), id));
  });
  return testing;
}

function idOf(testing: TestingCore, name: string): number {
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const id = NAMES.indexOf(lower);
  return id < 0 ? testing.core.UNKNOWN_COMMAND.value : id;
}

/** Cuts a stream at random. */
function pieces(random: Random, data: Uint8Array): Uint8Array[] {
  const most = [3, 20, 200, 5000][random(4)];
  const out: Uint8Array[] = [];
  for (let at = 0; at < data.length;) {
    const next = at + 1 + random(most);
    out.push(data.subarray(at, next));
    at = next;
  }
  return out;
}

/** Feeds pieces; the outcome must be the expected one, and no memory may be left behind. */
function expectParsed(testing: TestingCore, parts: Uint8Array[], expected: Parsed): void {
  const { liveBlocks } = heapCounters(testing);
  const requests = new Requests(testing);
  for (const part of parts) requests.receive(part);
  const { commands, error } = requests;
  const [actual, wanted] = [{ commands, error }, expected].map((one) => JSON.stringify(one));
  if (actual !== wanted) {
    const stream = parts.map((part) => JSON.stringify(fromLatin1(part)).slice(0, 400)).join("\n");
    throw new Error(`${stream}\ngave ${actual.slice(0, 2000)}\nnot  ${wanted.slice(0, 2000)}`);
  }
  for (let i = 0; i < commands.length; i++) {
    const id = idOf(testing, commands[i][0]);
    if (requests.ids[i] !== id) {
      assertEquals([commands[i][0], requests.ids[i]], [commands[i][0], id]);
    }
  }
  requests.close();
  if (heapCounters(testing).liveBlocks !== liveBlocks) {
    assertEquals(heapCounters(testing).liveBlocks, liveBlocks, "no memory is left behind");
  }
}

const parsed = (testing: TestingCore, stream: string) => {
  const requests = new Requests(testing);
  requests.receive(latin1(stream));
  requests.close();
  return requests;
};

Deno.test("a stream cut anywhere gives the same commands", async () => {
  const testing = await withCommands();
  const stream =
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\n\r\n*1\r\n$4\r\n..\r\n*0\r\n\r\nGET  'a\\'b' \"\\x41\\n\"\r\n" +
    "PING\n*-1\r\n*1\r\n$0\r\n\r\n*2\r\n$4\r\nping\r\n$2\r\nhi\r\n*1\r\n$9\r\npexpireat\r\nSET k 'v w' ''\r\n";
  const expected = parseModel(testing, stream);
  assertEquals(expected.commands.length, 7);
  const data = latin1(stream);
  expectParsed(testing, [data], expected);
  expectParsed(testing, [...data].map((byte) => Uint8Array.of(byte)), expected);
  for (let cut = 1; cut < data.length; cut++) {
    expectParsed(testing, [data.subarray(0, cut), data.subarray(cut)], expected);
    const third = Math.min(data.length, cut + 7);
    expectParsed(
      testing,
      [data.subarray(0, cut), data.subarray(cut, third), data.subarray(third)],
      expected,
    );
    // A stream that ends here asks for more, and has given all that is whole.
    expectParsed(testing, [data.subarray(0, cut)], parseModel(testing, stream.slice(0, cut)));
  }
});

Deno.test("random streams, cut at random, are parsed as the model does", async () => {
  const testing = await withCommands();
  await fuzz((random) => {
    for (let round = 0; round < 1500 * fuzzScale(); round++) {
      const stream = randomStream(random, 1 + random(12), NAMES);
      const expected = parseModel(testing, stream);
      assertEquals(expected.error, 0);
      const data = latin1(stream);
      expectParsed(testing, [data], expected);
      expectParsed(testing, pieces(random, data), expected);
    }
  });
  checkHeap(testing);
});

Deno.test("spoilt streams give the commands and the error that the model gives", async () => {
  const testing = await withCommands();
  await fuzz((random) => {
    let stream = "";
    for (let round = 0; round < 60_000 * fuzzScale(); round++) {
      if (round % 20 === 0) stream = randomStream(random, 1 + random(4), NAMES).slice(0, 400);
      const spoilt = mutate(random, stream);
      const data = latin1(spoilt);
      const cut = random(data.length + 1);
      expectParsed(
        testing,
        [data.subarray(0, cut), data.subarray(cut)],
        parseModel(testing, spoilt),
      );
    }
  });
  checkHeap(testing);
});

Deno.test("a million spoilt inputs neither trap nor hang nor point outside the input", async () => {
  const testing = await withCommands();
  const { core, bytes, u32 } = testing;
  const start = core.INPUT.value;
  const [argc, argv] = [core.ARGC.value >>> 2, core.ARGV.value >>> 2];
  const { liveBlocks } = heapCounters(testing);
  await fuzz((random) => {
    const alphabet = latin1("*$\r\n0123-9 \"'\\xgeset\0\v");
    let data = new Uint8Array(0);
    for (let round = 0; round < 1_000_000 * fuzzScale(); round++) {
      if (round % 200 === 0) {
        data = latin1(randomStream(random, 1 + random(4), NAMES).slice(0, 200));
        bytes.set(data, start);
      }
      // Spoil three bytes in place, parse, and put two of them right again.
      const places = [random(data.length), random(data.length), random(data.length)];
      for (const at of places) bytes[start + at] = alphabet[random(alphabet.length)];
      core.inputFresh(data.length);
      for (let steps = 0, id = 0; id >= 0 || id === core.UNKNOWN_COMMAND.value; steps++) {
        if (steps > data.length) throw new Error("it hangs");
        id = core.nextCommand();
        for (let i = 0; i < u32[argc]; i++) {
          const [ptr, len] = [u32[(u32[argv] >>> 2) + i * 2], u32[(u32[argv] >>> 2) + i * 2 + 1]];
          const isInside = ptr >= start && ptr + len <= start + data.length;
          const isWord = ptr >= core.INLINE.value && ptr + len <= core.INPUT.value;
          if (!isInside && !isWord) throw new Error("an argument outside the input");
        }
      }
      core.inputAbort();
      for (const at of places.slice(1)) bytes[start + at] = data[at];
    }
  });
  assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
});

Deno.test("a command name matches in any case, and nothing else does", async () => {
  const testing = await withCommands();
  const { core } = testing;
  const at = core.SCRATCH.value;
  const id = (name: string) => core.commandId(at, testing.put(at, name));
  for (const name of NAMES) {
    assertEquals([id(name), id(name.toUpperCase())], [NAMES.indexOf(name), NAMES.indexOf(name)]);
    for (let place = 0; place < name.length; place++) {
      for (let byte = 0; byte < 256; byte++) {
        const other = name.slice(0, place) + String.fromCharCode(byte) + name.slice(place + 1);
        assertEquals(id(other), idOf(testing, other), JSON.stringify(other));
      }
    }
  }
  for (const name of ["", "pin", "pingx", "x".repeat(25), "x".repeat(1000)]) {
    assertEquals(id(name), core.UNKNOWN_COMMAND.value);
  }
  assert(!core.registerCommand(at, 0, 9) && !core.registerCommand(at, 25, 9));
});

Deno.test("lines end at 64 KiB", async () => {
  const testing = await withCommands();
  const x = "x".repeat(65536);
  const digits = "1".repeat(65535);
  for (
    const stream of [
      `GET ${x.slice(4)}\r\n`,
      x,
      x + "x",
      `*${digits}`,
      `*${digits}1`,
      `*1\r\n$${digits}`,
      `*1\r\n$${digits}1`,
      `*1\r\n${digits}`,
      `*1\r\n${digits}11`,
      `*${digits}\r\n`,
      `*1\r\n$${digits}\r\n`,
    ]
  ) {
    const expected = parseModel(testing, stream);
    const data = latin1(stream);
    expectParsed(testing, [data], expected);
    expectParsed(testing, [data.subarray(0, 60000), data.subarray(60000)], expected);
  }
});

Deno.test("a connection that has not authenticated may send small requests only", async () => {
  const testing = await withCommands();
  const { core, u32 } = testing;
  u32[core.IN_UNAUTHENTICATED.value >>> 2] = 1;
  const limit = { ...limits, unauthenticated: true };
  for (
    const stream of [
      "*10\r\n",
      "*11\r\n",
      "*0011\r\n",
      "*1\r\n$16384\r\n",
      "*1\r\n$16385\r\n",
      "*1\r\n$536870912\r\n",
      "*1\r\n$536870913\r\n",
    ]
  ) expectParsed(testing, [latin1(stream)], parseModel(testing, stream, limit));
  u32[core.IN_UNAUTHENTICATED.value >>> 2] = 0;
  u32[core.IN_MAX_BULK.value >>> 2] = 2 ** 20;
  for (const stream of ["*1\r\n$1048576\r\n", "*1\r\n$1048577\r\n"]) {
    expectParsed(
      testing,
      [latin1(stream)],
      parseModel(testing, stream, { ...limits, maxBulk: 2 ** 20 }),
    );
  }
});

Deno.test("a command may have a million arguments", async () => {
  const testing = await withCommands(2048);
  const { core, u32 } = testing;
  const { liveBlocks } = heapCounters(testing);
  const count = 1_000_000;
  const requests = new Requests(testing);
  let sum = 0;
  requests.take = () => {
    const table = u32[core.ARGV.value >>> 2] >>> 2;
    assertEquals(u32[core.ARGC.value >>> 2], count + 1);
    for (let i = 1; i <= count; i++) {
      sum += u32[table + i * 2 + 1];
      if (testing.bytes[u32[table + i * 2]] !== 48 + i % 10) throw new Error(`argument ${i}`);
    }
  };
  requests.receive(latin1(`*${count + 1}\r\n$3\r\nset\r\n`));
  let part = "";
  for (let i = 1; i <= 10; i++) part += `$1\r\n${i % 10}\r\n`;
  const data = latin1(part.repeat(1000));
  for (let i = 0; i < count / 10_000; i++) requests.receive(data);
  assertEquals([sum, requests.partial], [count, 0]);
  assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
  // The table of so many arguments is given back when the connection goes half way, too.
  requests.receive(latin1(`*${count + 1}\r\n`));
  for (let i = 0; i < 20; i++) requests.receive(data);
  requests.close();
  assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
  checkHeap(testing);
});

Deno.test("a bulk of 100 MB is read to where it stays, in memory of its size", async () => {
  const testing = await withCommands(WHOLE_SPACE_PAGES);
  const { core, u32, bytes } = testing;
  const before = heapCounters(testing);
  // Two thirds of it beyond 2 GiB.
  const low = core.allocate(2 ** 31 - core.HEAP.value - 40e6);
  const len = 100_000_000;
  const requests = new Requests(testing);
  let seen = 0;
  requests.take = () => {
    if (seen++ > 0) return;
    const table = u32[core.ARGV.value >>> 2] >>> 2;
    const at = u32[table + 4];
    assertEquals([u32[core.ARGC.value >>> 2], u32[table + 5]], [3, len]);
    assertEquals(fromLatin1(bytes.subarray(u32[table + 2], u32[table + 2] + 3)), "key");
    for (let i = 0; i < len; i += 9973) if (bytes[at + i] !== i % 251) throw new Error(`byte ${i}`);
  };
  requests.receive(latin1(`*3\r\n$3\r\nset\r\n$3\r\nkey\r\n$${len}\r\n`));
  const pattern = Uint8Array.from({ length: 251 * 1000 }, (_, i) => i % 251);
  for (let at = 0; at < len; at += pattern.length) {
    requests.receive(pattern.subarray(0, Math.min(pattern.length, len - at)));
    assert(heapCounters(testing).usedBytes - core.blockBytes(low) < len + 2 ** 18);
  }
  requests.receive(latin1("\r\n*1\r\n$4\r\nping\r\n"));
  assertEquals(seen, 2);
  core.free(low);
  requests.close();
  assertEquals(heapCounters(testing).liveBlocks, before.liveBlocks);
});

Deno.test("nobody gets memory for bytes that are only announced", async () => {
  const testing = await withCommands(WHOLE_SPACE_PAGES);
  const requests = new Requests(testing);
  requests.receive(latin1("*2\r\n$4\r\nECHO\r\n$536870912\r\n"));
  requests.receive(latin1("x"));
  assert(heapCounters(testing).usedBytes < 2 ** 25);
  requests.close();
});

Deno.test("a command taken back is taken again, wherever it lay", async () => {
  const testing = await withCommands();
  const { core } = testing;
  for (const command of [multibulk(["set", "a", "b"]), "SET 'a' \"b\"\r\n"]) {
    for (let cut = 0; cut < command.length; cut++) {
      const { liveBlocks } = heapCounters(testing);
      const requests = new Requests(testing);
      let times = 0;
      requests.take = () => {
        assertEquals(requests.args().slice(1), ["a", "b"]);
        if (++times % 3 === 0) return void (requests.budget = 2);
        core.inputRewind();
        if (times % 3 === 1) requests.budget = 0; // halts; resume takes it again
      };
      const stream = command.repeat(3);
      requests.receive(latin1(stream.slice(0, cut)));
      requests.receive(latin1(stream.slice(cut)));
      for (let i = 0; i < 10; i++) {
        requests.budget = 2;
        requests.resume();
      }
      assertEquals(times, 9);
      assertEquals([requests.partial, heapCounters(testing).liveBlocks], [0, liveBlocks]);
    }
  }
});

Deno.test("large arguments have places of their own, however they come and wherever they stand", async () => {
  const testing = await withCommands(4096);
  await fuzz((random) => {
    for (let round = 0; round < 30; round++) placesRound(testing, random, round);
  });
});

function placesRound(testing: TestingCore, random: Random, round: number): void {
  const { core, bytes } = testing;
  const { liveBlocks } = heapCounters(testing);
  const size = () => [3, 40_000, 70_000, 300_000, 5_000_000][random(round % 10 === 0 ? 5 : 4)];
  const commands = Array.from({ length: 3 }, () => {
    return ["set", ...Array.from({ length: 1 + random(4) }, (_, i) => `${i}`.repeat(size()))];
  });
  const requests = new Requests(testing);
  let times = 0;
  requests.take = () => {
    times++;
    const args = requests.args();
    if (random(4) === 0) {
      requests.budget = 0;
      assert(core.inputRewind());
      return;
    }
    // A place that is adopted is a block of its own from then on.
    for (let i = 1; i < args.length; i++) {
      const block = core.adoptPlace(core.argPtr(i), core.argLen(i));
      if (block === 0) continue;
      assertEquals(testing.u32[block >>> 2], args[i].length);
      assertEquals(bytes[block + 4], args[i].charCodeAt(0));
      core.free(block);
    }
    requests.commands.push(args);
  };
  const stream = latin1(commands.map(multibulk).join(""));
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + 1 + random([100, 100_000, 2_000_000][random(3)]));
    // A connection that has halted is not read from.
    while (requests.budget === 0) {
      requests.budget = Infinity;
      requests.resume();
    }
    requests.receive(stream.subarray(at, end));
    at = end;
  }
  while (requests.budget === 0) {
    requests.budget = Infinity;
    requests.resume();
  }
  assert(times >= 3);
  assertEquals(requests.commands, commands);
  assertEquals([requests.partial, heapCounters(testing).liveBlocks], [0, liveBlocks]);
}

Deno.test("a connection that halts keeps its pipeline and no arguments", async () => {
  const testing = await withCommands();
  const { liveBlocks } = heapCounters(testing);
  const requests = new Requests(testing);
  requests.budget = 1;
  requests.receive(latin1(multibulk(["set", "a", "b"]).repeat(5)));
  assertEquals(heapCounters(testing).liveBlocks - liveBlocks, 2, "a block and its buffer");
  for (let i = 2; i <= 5; i++) {
    assertEquals(requests.commands.length, i - 1);
    requests.budget = 1;
    requests.resume();
  }
  assertEquals([requests.commands.length, requests.partial], [5, 0]);
  assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
});

Deno.test("without memory a request fails whole and leaves nothing behind", async () => {
  const testing = await withCommands(300);
  await fuzz((random) => {
    const stream = multibulk(["set", ..."abcdefghijklmnopq", "y".repeat(20000), "z".repeat(70000)]);
    const expected = parseModel(testing, stream).commands;
    const data = latin1(stream);
    let failures = 0;
    for (let round = 0; round < 300 * fuzzScale(); round++) {
      const { liveBlocks } = heapCounters(testing);
      const hoard = new Hoard(testing);
      for (const bytes of [64, 128, 256, 512, 1024, 2048, 4096]) hoard.loosen(bytes, random(2));
      for (const bytes of [16384, 32768, 131072]) hoard.loosen(bytes, random(3));
      const requests = new Requests(testing);
      for (const part of pieces(random, data)) requests.receive(part);
      if (requests.failed) failures++;
      else assertEquals(requests.commands, expected);
      requests.close();
      hoard.release();
      assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
    }
    assert(failures > 0, "this fuzz meets the limit");
  });
  checkHeap(testing);
});

Deno.test("a table of arguments that cannot grow ends the connection, not the core", async () => {
  const testing = await withCommands(300);
  const { liveBlocks } = heapCounters(testing);
  const stream = latin1(`*20000\r\n${"$1\r\na\r\n".repeat(20000)}`);
  const hoard = new Hoard(testing);
  const requests = new Requests(testing);
  requests.receive(stream);
  assert(requests.failed);
  requests.close();
  hoard.release();
  const again = new Requests(testing);
  again.receive(stream);
  assertEquals(again.commands[0].length, 20000);
  assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
});

Deno.test("what was looked ahead at is forgotten with its input", async () => {
  const testing = await withCommands();
  const { core } = testing;
  const at = core.SCRATCH.value;
  for (let i = 0; i < 5000; i++) {
    const len = testing.put(at, `key:${i}`.padEnd(12, "."));
    const e = core.newEntry(0, 8, at, len, false, true, 4);
    testing.u32[core.entryValue(e) >>> 2] = 0;
    assert(core.insert(0, core.entryHash(e), e));
  }
  const requests = new Requests(testing);
  const command = multibulk(["get", "absent......"]);
  // In the connection's own block, which then goes.
  requests.receive(latin1(command.slice(0, 5)));
  requests.budget = 1;
  requests.receive(latin1(command.slice(5) + command.repeat(5)));
  assertEquals(requests.commands.length, 1);
  const key = testing.u32[requests.partial >>> 2] + command.length + command.indexOf("absent");
  for (const present of ["key:17......", "key:4999...."]) {
    requests.close();
    testing.put(key, present);
    assert(
      core.find(0, key, present.length) !== 0,
      "a key at the old one's address is hashed anew",
    );
  }
});

Deno.test("Redis's own words on odd requests are the model's", () => {
  // Asked of redis-server 7.0.15: the model is only as good as these.
  const testing = { core: new Proxy({}, { get: (_, name) => ({ value: String(name) }) }) };
  const ask = (stream: string) => parseModel(testing as unknown as TestingCore, stream);
  assertEquals(ask("ECHO a\vb\r\n").commands, [["ECHO", "a\vb"]]);
  assertEquals(ask("\vECHO \vx\r\n").commands, [["ECHO", "x"]]);
  assertEquals(ask("PING\r\n\0\r\nPING\r\n"), { commands: [["PING"]], error: 0 });
  assertEquals(ask("*1\r\n$4\0\r\nPING\r\n"), { commands: [], error: 0 });
  assertEquals(ask("PING\rx\n").commands, [["PING", "x"]]);
  assertEquals(ask("*1\rx$4\rXPING..").commands, [["PING"]]);
});

Deno.test("odd requests are parsed as Redis was seen to do", async () => {
  const testing = await withCommands();
  assertEquals(parsed(testing, "ECHO a\vb\f\r\n").commands, [["ECHO", "a\vb\f"]]);
  assertEquals(parsed(testing, "PING\r\n\0\r\nPING\r\n").commands, [["PING"]]);
  assertEquals(parsed(testing, "*1\0\r\n$4\r\nPING\r\n").commands, []);
  assertEquals(parsed(testing, '"PI"NG\r\n').error, testing.core.PROTOCOL_QUOTES.value);
});

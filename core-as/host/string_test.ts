import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random } from "./testing.ts";

/** A key as a naive server would keep it. */
interface Key {
  text: string;
  expiryMs: number | null;
}

/** What a step should have returned and written, and how the databases look afterwards. */
interface Expected {
  status: number;
  reply: string;
  apply: () => void;
}

const KEYS = Array.from(
  { length: 40 },
  (_, i) => i % 7 === 0 ? `key:${"x".repeat(i * 5)}` : `${i}`,
);

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const NULL = "$-1\r\n";
const I64_MAX = 2n ** 63n - 1n;
const isI64 = (value: bigint) => value <= I64_MAX && value >= -I64_MAX - 1n;
const isInteger = (text: string) => /^(0|-?[1-9]\d{0,18})$/.test(text) && isI64(BigInt(text));

/** Two databases in a core and in maps, which every step changes alike or not at all. */
class Pair {
  readonly databases: Map<string, Key>[] = [new Map(), new Map()];
  nowMs = 1_000_000;
  failures = 0;

  constructor(readonly rig: CommandRig, readonly random: Random) {
    this.#setClock();
  }

  #setClock(): void {
    const { core } = this.rig;
    core.setU64(core.at.NOW_MS, this.nowMs);
  }

  #live(db: number, key: string): Key | undefined {
    const found = this.databases[db].get(key);
    if (found === undefined || found.expiryMs === null) return found;
    return found.expiryMs < this.nowMs ? undefined : found;
  }

  #key(): string {
    return KEYS[this.random(KEYS.length)];
  }

  #text(): string {
    const { random } = this;
    const len = [0, 1, 8, 43, 44, 45, 200, 255, 256, 257, 1000, 9000][random(12)];
    const kind = random(4);
    if (kind === 0) return `${random(2 ** 31) - 2 ** 30}`;
    if (kind === 1) return String(random(12));
    return String.fromCharCode(random(256)).repeat(len);
  }

  /** One command on both; `outOfMemory` says whether it may fail for want of memory. */
  step(outOfMemory: boolean): void {
    const { random } = this;
    if (random(20) === 0) {
      this.nowMs += random(300);
      this.#setClock();
    }
    const steps = [
      () => this.#set(),
      () => this.#set(),
      () => this.#read(),
      () => this.#append(),
      () => this.#setRange(),
      () => this.#increment(),
      () => this.#expire(),
      () => this.#persist(),
      () => this.#getExpire(),
      () => this.#take(),
      () => this.#rename(),
      () => this.#copy(),
      () => this.#move(),
    ];
    steps[random(steps.length)]();
    if (!outOfMemory) assertEquals(this.failures, 0);
  }

  #check(words: string[], call: Parameters<CommandRig["run"]>[1], expected: Expected): void {
    const outcome = this.rig.run(words, call);
    if (outcome.status === this.rig.core.at.OUT_OF_MEMORY) {
      assertEquals(outcome.reply, "");
      this.failures++;
      return;
    }
    const { status, reply } = expected;
    assertEquals(outcome, { status, reply }, words.map((word) => word.slice(0, 60)).join(" "));
    expected.apply();
  }

  #set(): void {
    const { random } = this;
    const { at, core } = { at: this.rig.core.at, core: this.rig.core };
    const [db, key, text] = [random(2), this.#key(), this.#text()];
    const old = this.#live(db, key);
    const nx = random(4) === 0;
    const xx = !nx && random(4) === 0;
    const gets = random(3) === 0;
    const keeps = random(3) === 0;
    const expiryMs = !keeps && random(3) === 0 ? this.nowMs + random(500) : null;
    let flags = (nx ? at.SET_NX : 0) | (xx ? at.SET_XX : 0) | (gets ? at.SET_GET : 0);
    flags |= (keeps ? at.SET_KEEP_TTL : 0) | (expiryMs === null ? 0 : at.SET_EXPIRY);
    const forbidden = old === undefined ? xx : nx;
    const status = forbidden ? (nx ? at.EXISTS : at.MISSING) : old === undefined ? 1 : 0;
    core.setResult(BigInt(expiryMs ?? 0));
    this.#check(["set", key, text], (x) => x.stringSet(db, 1, 2, flags), {
      status,
      reply: !gets ? "" : old === undefined ? NULL : bulk(old.text),
      apply: () => {
        if (forbidden) return;
        const kept = keeps && old !== undefined ? old.expiryMs : expiryMs;
        this.databases[db].set(key, { text, expiryMs: kept });
      },
    });
  }

  #read(): void {
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const status = old === undefined ? this.rig.core.at.MISSING : 0;
    const reply = old === undefined ? NULL : bulk(old.text);
    this.#check(["get", key], (x) => x.stringGet(db, 1), { status, reply, apply() {} });
    const length = old?.text.length ?? status;
    const call = { status: length, reply: "", apply() {} };
    this.#check(["strlen", key], (x) => x.stringLength(db, 1), call);
  }

  #append(): void {
    const [db, key, text] = [this.random(2), this.#key(), this.#text()];
    const old = this.#live(db, key);
    const whole = (old?.text ?? "") + text;
    this.#check(["append", key, text], (x) => x.stringAppend(db, 1, 2), {
      status: old === undefined ? 1 : 0,
      reply: `:${whole.length}\r\n`,
      apply: () => this.databases[db].set(key, { text: whole, expiryMs: old?.expiryMs ?? null }),
    });
  }

  #setRange(): void {
    const [db, key, text] = [this.random(2), this.#key(), this.#text()];
    const old = this.#live(db, key);
    const offset = this.random(400);
    const had = old?.text ?? "";
    const head = had.slice(0, offset).padEnd(offset, "\0");
    const whole = text === "" ? had : head + text + had.slice(offset + text.length);
    const unchanged = this.rig.core.at.MISSING;
    this.#check(["setrange", key, text], (x) => x.stringSetRange(db, 1, offset, 2), {
      status: text === "" ? unchanged : old === undefined ? 1 : 0,
      reply: `:${whole.length}\r\n`,
      apply: () => {
        if (text === "") return;
        this.databases[db].set(key, { text: whole, expiryMs: old?.expiryMs ?? null });
      },
    });
  }

  #increment(): void {
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const delta = this.random(1000) - 500;
    const had = old?.text ?? "0";
    const whole = isInteger(had) ? BigInt(had) + BigInt(delta) : null;
    const sum = whole !== null && isI64(whole) ? String(whole) : null;
    const { NOT_AN_INTEGER, OVERFLOW } = this.rig.core.at;
    const wrong = whole === null ? NOT_AN_INTEGER : OVERFLOW;
    this.#check(["incrby", key, `${delta}`], (x) => x.stringIncrement(db, 1, 2, 1), {
      status: sum === null ? wrong : old === undefined ? 1 : 0,
      reply: sum === null ? "" : `:${sum}\r\n`,
      apply: () => {
        if (sum === null) return;
        this.databases[db].set(key, { text: sum, expiryMs: old?.expiryMs ?? null });
      },
    });
  }

  #expire(): void {
    const { core } = this.rig;
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const expiryMs = this.nowMs + this.random(500) - 50;
    core.setResult(BigInt(expiryMs));
    const past = expiryMs <= this.nowMs;
    this.#check(["expire", key], (x) => x.keyExpire(db, 1, 0), {
      status: old === undefined ? core.at.MISSING : past ? 2 : 1,
      reply: "",
      apply: () => {
        if (old === undefined || past) this.databases[db].delete(key);
        else old.expiryMs = expiryMs;
      },
    });
  }

  #persist(): void {
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const status = old === undefined ? this.rig.core.at.MISSING : old.expiryMs === null ? 0 : 1;
    this.#check(["persist", key], (x) => x.keyPersist(db, 1), {
      status,
      reply: "",
      apply: () => {
        if (old !== undefined) old.expiryMs = null;
      },
    });
  }

  #getExpire(): void {
    const { at } = this.rig.core;
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const expiryMs = this.nowMs + this.random(500) - 50;
    const past = expiryMs <= this.nowMs;
    const kind = at.EXPIRY_MS | at.EXPIRY_POSITIVE;
    this.#check(["getex", key, `${expiryMs}`], (x) => x.stringGetExpire(db, 1, 2, kind), {
      status: old === undefined ? at.MISSING : past ? at.GETEX_DELETED : at.GETEX_SET,
      reply: old === undefined ? NULL : bulk(old.text),
      apply: () => {
        if (old === undefined || past) this.databases[db].delete(key);
        else old.expiryMs = expiryMs;
      },
    });
  }

  #take(): void {
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    this.#check(["getdel", key], (x) => x.stringTake(db, 1), {
      status: old === undefined ? this.rig.core.at.MISSING : 0,
      reply: old === undefined ? NULL : bulk(old.text),
      apply: () => this.databases[db].delete(key),
    });
  }

  #rename(): void {
    const { at } = this.rig.core;
    const [db, key, to] = [this.random(2), this.#key(), this.#key()];
    const old = this.#live(db, key);
    const nx = this.random(2) === 0;
    const forbidden = nx && this.#live(db, to) !== undefined;
    const status = old === undefined ? at.MISSING : key === to ? 0 : forbidden ? at.EXISTS : 1;
    this.#check(["rename", key, to], (x) => x.keyRename(db, 1, 2, nx), {
      status,
      reply: "",
      apply: () => {
        if (status !== 1) return;
        this.databases[db].delete(key);
        this.databases[db].set(to, old!);
      },
    });
  }

  #copy(): void {
    const { at } = this.rig.core;
    const [db, target, key, to] = [this.random(2), this.random(2), this.#key(), this.#key()];
    if (db === target && key === to) return;
    const old = this.#live(db, key);
    const replaces = this.random(2) === 0;
    const forbidden = !replaces && this.#live(target, to) !== undefined;
    const status = old === undefined ? at.MISSING : forbidden ? at.EXISTS : 1;
    this.#check(["copy", key, to], (x) => x.keyCopy(db, 1, target, 2, replaces), {
      status,
      reply: "",
      apply: () => {
        if (status === 1) this.databases[target].set(to, { ...old! });
      },
    });
  }

  #move(): void {
    const { at } = this.rig.core;
    const [db, key] = [this.random(2), this.#key()];
    const old = this.#live(db, key);
    const forbidden = this.#live(1 - db, key) !== undefined;
    const status = old === undefined ? at.MISSING : forbidden ? at.EXISTS : 1;
    this.#check(["move", key], (x) => x.keyMove(db, 1, 1 - db), {
      status,
      reply: "",
      apply: () => {
        if (status !== 1) return;
        this.databases[db].delete(key);
        this.databases[1 - db].set(key, old!);
      },
    });
  }

  /** Compares every key and, as long as there is memory to log what expires, how many there are. */
  compare(outOfMemory = false): void {
    const { rig } = this;
    for (const [db, keys] of this.databases.entries()) {
      let live = 0;
      for (const key of KEYS) {
        const expected = this.#live(db, key);
        const got = rig.run(["get", key], (x) => x.stringGet(db, 1)).reply;
        assertEquals(got, expected === undefined ? NULL : bulk(expected.text), key);
        const ttl = rig.run(["pttl", key], (x) => x.keyTtl(db, 1, rig.core.at.TTL_MS)).reply;
        if (expected === undefined) keys.delete(key);
        else {
          live++;
          const { expiryMs } = expected;
          assertEquals(ttl, `:${expiryMs === null ? -1 : expiryMs - this.nowMs}\r\n`, key);
        }
      }
      if (outOfMemory) continue;
      assertEquals(rig.core.x.databaseSize(db), live);
      const expiring = [...keys.values()].filter(({ expiryMs }) => expiryMs !== null).length;
      assertEquals(rig.core.x.expiresSize(db), expiring);
    }
    rig.core.x.clearExpiredLog();
  }

  /** Deletes everything. */
  clear(): void {
    for (const db of [0, 1]) this.rig.core.x.flush(db, this.rig.core.at.SCRATCH);
    this.databases.forEach((keys) => keys.clear());
  }
}

Deno.test("strings: as a map of texts and expiries, and no byte is lost", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load();
    const pair = new Pair(rig, random);
    pair.clear();
    for (let i = 0; i < 30_000; i++) {
      pair.step(false);
      if (i % 1000 === 0) pair.compare();
    }
    pair.compare();
    pair.clear();
    const { core } = rig;
    // The databases' own tables and the log of expired keys are all that is left.
    assert(core.usedBytes < 20_000, `${core.usedBytes} bytes are lost`);
  }));

Deno.test("strings: a command that finds no memory changes nothing", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load(40 * 2 ** 20);
    const pair = new Pair(rig, random);
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 100; i++) pair.step(pair.failures > 0);
      const release = rig.exhaust();
      for (let i = 0; i < 50; i++) {
        pair.step(true);
        if (i % 10 === 0) pair.compare(true);
      }
      release();
      pair.compare();
    }
    assert(pair.failures > 100, `only ${pair.failures} commands found no memory`);
    pair.clear();
    assert(rig.core.usedBytes < 20_000, `${rig.core.usedBytes} bytes are lost`);
  }));

Deno.test("strings: a write takes the place of an expired key that is hidden, not deleted", async () => {
  const rig = await CommandRig.load();
  const { at, u32, x } = rig.core;
  rig.core.setU64(at.NOW_MS, 1000);
  rig.core.setResult(2000n);
  rig.run(["set", "key", "old"], () => x.stringSet(0, 1, 2, at.SET_EXPIRY));
  const usedBytes = rig.core.usedBytes;
  rig.core.setU64(at.NOW_MS, 3000);
  u32[at.EXPIRED_MODE] = at.EXPIRED_HIDE;
  assertEquals(rig.run(["get", "key"], () => x.stringGet(0, 1)).reply, NULL);
  assertEquals(x.databaseSize(0), 1);
  rig.run(["set", "key", "new"], () => x.stringSet(0, 1, 2, 0));
  assertEquals(rig.run(["get", "key"], () => x.stringGet(0, 1)).reply, bulk("new"));
  assertEquals([x.databaseSize(0), x.expiresSize(0)], [1, 0]);
  assert(rig.core.usedBytes <= usedBytes);
});

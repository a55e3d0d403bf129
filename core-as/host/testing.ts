/**
 * What the unit tests of the core share: the testing module over a memory of its own, seeded random
 * numbers, and a real Redis to ask.
 */
import { buildCore } from "../build.ts";

/** The exports of the testing module. */
export type TestingExports = Awaited<
  ReturnType<typeof import("../build/testing.d.ts").instantiate>
>;

const PAGE_BYTES = 65536;
/** Where a heap begins (layout.ts). */
const HEAP = 0x1080000;
/** Scratch starts above the static data of the module. */
const SCRATCH = 256 * 1024;
/** Pages of a memory without a heap. */
const FLAT_PAGES = 64;
/** Pages that reach past 2 GiB, where a pointer taken as signed is negative. */
const HIGH_PAGES = 2 ** 31 / PAGE_BYTES + 64;
const HIGH_SCRATCH = 2 ** 31 - 64;
/** Where scratch lies beside a heap: below all that the allocator touches. */
const HEAP_SCRATCH = 0x100000;

/** The testing module and the memory it works on. */
export interface TestingCore {
  core: TestingExports;
  memory: WebAssembly.Memory;
  /** The whole memory; made again after the memory has grown. */
  bytes: Uint8Array;
  /** The same as words: `u32[address >>> 2]`. */
  u32: Uint32Array;
  /** First free address. */
  scratch: number;
  /** Copies text, one byte a character, or bytes to an address; returns how many. */
  put(at: number, data: string | Uint8Array): number;
  /** Text of a run, one character a byte. */
  text(at: number, len: number): string;
}

/**
 * Builds (when sources changed) and instantiates the testing module.
 *
 * @param high put `scratch` right below 2 GiB, so that what is written there crosses the border
 * @param pages size of the memory in pages of 64 KiB; a heap ({@link withHeap}) begins at the 264th
 * @param heapBytes set up an allocator with this much memory. `scratch` is then 2 MiB at a low address,
 *   and with `high` half of the heap lies above 2 GiB
 */
export async function loadTestingCore(
  { high = false, pages, heapBytes = 0 }: { high?: boolean; pages?: number; heapBytes?: number } =
    {},
): Promise<TestingCore> {
  await buildCore("testing");
  const url = new URL("../build/testing", import.meta.url).href;
  const { instantiate } = await import(`${url}.js`);
  const wasm = await Deno.readFile(new URL(`${url}.wasm`));
  const heapEnd = heapBytes + (high ? 2 ** 31 - heapBytes / 2 : HEAP);
  const flat = high ? HIGH_PAGES : FLAT_PAGES;
  const initial = pages ?? (heapBytes ? heapEnd / PAGE_BYTES : flat);
  const memory = new WebAssembly.Memory({ initial, maximum: 65536, shared: true });
  const core: TestingExports = await instantiate(new WebAssembly.Module(wasm), {
    env: { memory },
    // No file is written here.
    host: { writeFile: () => false },
  });
  const bytes = new Uint8Array(memory.buffer);
  if (heapBytes) startHeap(core, memory, heapEnd - heapBytes, heapEnd);
  return {
    core,
    memory,
    bytes,
    u32: new Uint32Array(memory.buffer),
    scratch: heapBytes ? HEAP_SCRATCH : high ? HIGH_SCRATCH : SCRATCH,
    put(at, data) {
      bytes.set(typeof data === "string" ? latin1(data) : data, at);
      return data.length;
    },
    text: (at, len) => fromLatin1(bytes.subarray(at, at + len)),
  };
}

/** 32 MiB, half of it heap. */
const HEAP_PAGES = 512;

/**
 * A testing core with an empty heap.
 *
 * @param pages size of its memory, where the heap ends; the whole address space costs nothing untouched
 */
export async function withHeap(pages = HEAP_PAGES): Promise<TestingCore> {
  const testing = await loadTestingCore({ pages });
  testing.core.coreInit(pages * PAGE_BYTES);
  return testing;
}

/** An empty heap between two page boundaries; by itself it would start at its lowest address. */
function startHeap(
  core: TestingExports,
  memory: WebAssembly.Memory,
  start: number,
  end: number,
): void {
  core.memoryInit(end);
  const cells = new Uint32Array(memory.buffer);
  cells[core.TOP_PAGE.value / 4] = start / 4096;
  // The page before looks taken for ever, as it does where memoryInit starts.
  cells[core.PAGE_MAP.value / 4 + start / 4096 - 1] = 3;
}

/** The bytes of a text whose characters are all below 256. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The bytes as a text of one character each. */
export function fromLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Seeded random integers below `limit` (mulberry32). */
export type Random = (limit: number) => number;

/** What `ETNA_FUZZ_SCALE` multiplies the length of a fuzz with, 1 by default. */
export function fuzzScale(): number {
  return Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1);
}

/**
 * Runs a fuzz with its seed from the environment variable `ETNA_SEED`, or a fresh one, and names the
 * seed when it fails.
 */
export async function fuzz(body: (random: Random) => void | Promise<void>): Promise<void> {
  const seed = Number(Deno.env.get("ETNA_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  let state = seed;
  const random = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * limit);
  };
  try {
    await body(random);
  } catch (error) {
    throw new Error(`failed with ETNA_SEED=${seed}`, { cause: error });
  }
}

/** `count` times the environment variable `ETNA_FUZZ_SCALE`: how often a fuzz does something. */
export function scaled(count: number): number {
  return Math.ceil(count * Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1));
}

/** A random text of up to `maxLen` characters of an alphabet. */
export function randomText(random: Random, maxLen: number, alphabet: string): string {
  let text = "";
  for (let left = random(maxLen + 1); left > 0; left--) text += alphabet[random(alphabet.length)];
  return text;
}

/** A reply: texts hold one character per byte, an error is its words as an `Error`. */
export type Reply = string | bigint | null | Error | Reply[];

/** Asks a real Redis; many commands go out at once and come back in order. */
export type Oracle = (commands: string[][]) => Promise<Reply[]>;

/** False where no redis-server is installed: its tests are then ignored. */
export const hasOracle: boolean = (() => {
  try {
    return new Deno.Command("redis-server", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
})();

/** Runs `body` with a real Redis that lives as long, on a Unix socket in a directory of its own. */
export async function withOracle(
  args: string[],
  body: (ask: Oracle) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "etna-oracle-" });
  const path = `${dir}/socket`;
  const server = new Deno.Command("redis-server", {
    args: ["--port", "0", "--save", "", "--dir", dir, "--unixsocket", path, ...args],
    stdout: "null",
  }).spawn();
  try {
    const connection = await connectPatiently(path);
    try {
      await body((commands) => ask(connection, commands));
    } finally {
      connection.close();
    }
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await Deno.remove(dir, { recursive: true });
  }
}

async function connectPatiently(path: string): Promise<Deno.UnixConn> {
  for (let tries = 200;; tries--) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function ask(connection: Deno.UnixConn, commands: string[][]): Promise<Reply[]> {
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
  const request = commands.map((words) => `*${words.length}\r\n${words.map(bulk).join("")}`);
  const sent = (async () => {
    let left = latin1(request.join(""));
    while (left.length > 0) left = left.subarray(await connection.write(left));
  })();
  const chunk = new Uint8Array(1 << 18);
  let buffered = "";
  let at = 0;
  const upTo = async (end: number) => {
    while (buffered.length < end) {
      const count = await connection.read(chunk);
      if (count === null) throw new Error("the oracle hung up");
      buffered = buffered.slice(at) + fromLatin1(chunk.subarray(0, count));
      end -= at;
      at = 0;
    }
  };
  const readReply = async (): Promise<Reply> => {
    let end: number;
    while ((end = buffered.indexOf("\r\n", at)) < 0) await upTo(buffered.length + 1);
    const [kind, line] = [buffered[at], buffered.slice(at + 1, end)];
    at = end + 2;
    if (kind === "+") return line;
    if (kind === "-") return new Error(line);
    if (kind === ":") return BigInt(line);
    const count = Number(line);
    if (count < 0) return null;
    if (kind === "*") {
      const items: Reply[] = [];
      while (items.length < count) items.push(await readReply());
      return items;
    }
    await upTo(at + count + 2);
    at += count + 2;
    return buffered.slice(at - count - 2, at - 2);
  };
  const replies: Reply[] = [];
  while (replies.length < commands.length) replies.push(await readReply());
  await sent;
  return replies;
}

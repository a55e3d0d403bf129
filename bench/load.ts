/**
 * Fills a server with an exact number of keys, fast. redis-benchmark can only draw keys at random,
 * which leaves a third of the key space empty after as many requests as there are keys.
 */

/** Which keys to write: `prefix` and a 12-digit number, as redis-benchmark names its own keys. */
export interface KeyLoad {
  prefix: string;
  count: number;
  value: string;
}

const digitsPerKey = 12;
const commandsPerBatch = 64;
const okReply = "+OK\r\n";

/**
 * Writes keys 0 to `count` - 1 by SET, over several connections with 64 commands in flight each.
 *
 * @param onProgress called now and then with the number of keys written so far
 * @throws Error when a SET is answered by anything but OK
 */
export async function loadKeys(
  port: number,
  load: KeyLoad,
  connections = 4,
  onProgress: (written: number) => void = () => {},
): Promise<void> {
  let next = 0;
  let written = 0;
  const claim = () => {
    const first = next;
    next = Math.min(load.count, next + commandsPerBatch);
    return { first, size: next - first };
  };
  const work = async () => {
    using connection = await Deno.connect({ port });
    const batch = new Batch(load);
    const reply = new Uint8Array(commandsPerBatch * okReply.length);
    for (let { first, size } = claim(); size > 0; { first, size } = claim()) {
      await writeAll(connection, batch.bytesFor(first, size));
      await readOks(connection, reply.subarray(0, size * okReply.length));
      written += size;
      onProgress(written);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
}

/** A pipeline of SETs made once; only the digits of the keys are rewritten. */
class Batch {
  readonly #bytes: Uint8Array;
  readonly #commandBytes: number;
  readonly #digitsOffset: number;

  constructor({ prefix, value }: KeyLoad) {
    const keyBytes = prefix.length + digitsPerKey;
    const head = `*3\r\n$3\r\nSET\r\n$${keyBytes}\r\n${prefix}`;
    const command = `${head}${"0".repeat(digitsPerKey)}\r\n$${value.length}\r\n${value}\r\n`;
    this.#bytes = new TextEncoder().encode(command.repeat(commandsPerBatch));
    this.#commandBytes = command.length;
    this.#digitsOffset = head.length;
  }

  bytesFor(first: number, size: number): Uint8Array {
    for (let index = 0; index < size; index++) {
      const offset = index * this.#commandBytes + this.#digitsOffset;
      let rest = first + index;
      for (let digit = digitsPerKey - 1; digit >= 0; digit--) {
        this.#bytes[offset + digit] = 48 + rest % 10;
        rest = Math.trunc(rest / 10);
      }
    }
    return this.#bytes.subarray(0, size * this.#commandBytes);
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** Any other reply is longer than an OK, so waiting for the length of the OKs never hangs. */
async function readOks(connection: Deno.Conn, reply: Uint8Array): Promise<void> {
  for (let received = 0; received < reply.length;) {
    const size = await connection.read(reply.subarray(received));
    if (size === null) throw new Error("the server closed a loading connection");
    received += size;
  }
  const text = new TextDecoder().decode(reply);
  if (text !== okReply.repeat(reply.length / okReply.length)) {
    throw new Error(`a SET of the load was answered by ${JSON.stringify(text.slice(0, 120))}`);
  }
}

/** A collection to fill: `words` are those of its element `index`. */
export interface CollectionLoad {
  command: string;
  key: string;
  count: number;
  words: (index: number) => string[];
}

const elementsPerCommand = 200;
const commandsInFlight = 16;

/**
 * Fills a collection, 200 elements a command.
 *
 * @throws Error when a command is answered by an error
 */
export async function loadCollection(port: number, load: CollectionLoad): Promise<void> {
  using connection = await Deno.connect({ port });
  const encoder = new TextEncoder();
  const bulk = (word: string) => `$${word.length}\r\n${word}\r\n`;
  for (let next = 0; next < load.count;) {
    let batch = "";
    let commands = 0;
    for (; commands < commandsInFlight && next < load.count; commands++) {
      const end = Math.min(load.count, next + elementsPerCommand);
      const words = [load.command, load.key];
      for (; next < end; next++) words.push(...load.words(next));
      batch += `*${words.length}\r\n${words.map(bulk).join("")}`;
    }
    await writeAll(connection, encoder.encode(batch));
    await readIntegers(connection, commands);
  }
}

/** Reads so many lines, which must be integers. */
async function readIntegers(connection: Deno.Conn, count: number): Promise<void> {
  const chunk = new Uint8Array(4096);
  const decoder = new TextDecoder();
  for (let text = ""; !text.endsWith("\n") || text.split("\n").length <= count;) {
    const size = await connection.read(chunk);
    if (size === null) throw new Error("the server closed a loading connection");
    text += decoder.decode(chunk.subarray(0, size));
    if (text[0] !== ":") throw new Error(`a load was answered by ${text.slice(0, 120)}`);
  }
}

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

/**
 * Sends commands that each answer with one line, over one connection with 64 of them in flight.
 *
 * @throws Error when one is answered by an error
 */
export async function loadCommands(
  port: number,
  commands: Iterable<readonly string[]>,
): Promise<void> {
  using connection = await Deno.connect({ port });
  const encoder = new TextEncoder();
  let batch: string[] = [];
  const send = async () => {
    await writeAll(connection, encoder.encode(batch.join("")));
    await readLines(connection, batch.length);
    batch = [];
  };
  for (const words of commands) {
    batch.push(
      `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`,
    );
    if (batch.length === commandsPerBatch) await send();
  }
  if (batch.length > 0) await send();
}

/** Reads so many lines, none of which may be an error. */
async function readLines(connection: Deno.Conn, wanted: number): Promise<void> {
  const buffer = new Uint8Array(16_384);
  const decoder = new TextDecoder();
  let text = "";
  while (text.split("\n").length - 1 < wanted) {
    const size = await connection.read(buffer);
    if (size === null) throw new Error("the server closed a loading connection");
    text += decoder.decode(buffer.subarray(0, size));
    const error = /^-.*/m.exec(text);
    if (error) throw new Error(`the server answered a command of the load by ${error[0]}`);
  }
}

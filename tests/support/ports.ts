/**
 * Ports for the servers that tests start. Each is lent to one asker among all test processes of this machine:
 * a port that is only seen to be free may be another process's a moment later, whose server then answers.
 */

/** A node of a cluster talks to the others at its port and this many. */
const BUS_PORT_OFFSET = 10_000;
/** These and their buses' are below the ports that the system gives to whoever asks for any, which begin at 32,768. */
const FIRST_PORT = 10_000;
const PORT_COUNT = BUS_PORT_OFFSET;

/**
 * Where the processes of one user say how far they have lent. A port comes again after all others, when
 * whoever had it is long done: nothing has to be given back.
 */
function cursorPath(): string {
  return `${Deno.env.get("TMPDIR") ?? "/tmp"}/etna-test-port-${Deno.uid() ?? 0}`;
}

/** How many ports have been lent before this one. */
function nextTurn(): number {
  const cursor = Deno.openSync(cursorPath(), { read: true, write: true, create: true });
  try {
    cursor.lockSync(true);
    const bytes = new Uint8Array(16);
    const turn = Number(new TextDecoder().decode(bytes.subarray(0, cursor.readSync(bytes) ?? 0)));
    cursor.seekSync(0, Deno.SeekMode.Start);
    cursor.writeSync(new TextEncoder().encode(String(turn + 1)));
    return Number.isSafeInteger(turn) ? turn : 0;
  } finally {
    cursor.close();
  }
}

/** A port that nobody listens on, nor on that of its bus, and that no other test gets. */
export function freePort(): number {
  for (let i = 0; i < PORT_COUNT; i++) {
    const port = FIRST_PORT + nextTurn() % PORT_COUNT;
    try {
      for (const used of [port, port + BUS_PORT_OFFSET]) {
        Deno.listen({ hostname: "0.0.0.0", port: used }).close();
      }
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`no free port in ${FIRST_PORT}..${FIRST_PORT + PORT_COUNT - 1}`);
}

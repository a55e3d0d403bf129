import { assertEquals, assertRejects } from "@std/assert";
import { loadKeys } from "./load.ts";

/** A server that answers every SET alike and keeps what it was sent. */
function fakeServer(reply: string) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const decoder = new TextDecoder();
  let received = "";
  const serve = async () => {
    const connection = await listener.accept();
    const buffer = new Uint8Array(65_536);
    for (let size; (size = await connection.read(buffer).catch(() => null)) !== null;) {
      const text = decoder.decode(buffer.subarray(0, size));
      received += text;
      const commands = text.split("*3\r\n").length - 1;
      await connection.write(new TextEncoder().encode(reply.repeat(commands))).catch(() => {});
    }
    connection.close();
  };
  const served = serve();
  const close = async () => {
    listener.close();
    await served;
  };
  return { port: (listener.addr as Deno.NetAddr).port, received: () => received, close };
}

Deno.test("loadKeys writes each key once, also of a last batch that is not full", async () => {
  const server = fakeServer("+OK\r\n");
  await loadKeys(server.port, { prefix: "key:", count: 150, value: "abc" }, 1);
  await server.close();
  const expected = Array.from({ length: 150 }, (_, index) => {
    const key = `key:${`${index}`.padStart(12, "0")}`;
    return `*3\r\n$3\r\nSET\r\n$16\r\n${key}\r\n$3\r\nabc\r\n`;
  });
  assertEquals(server.received(), expected.join(""));
});

Deno.test("loadKeys fails with the server's words when a SET fails", async () => {
  const server = fakeServer("-OOM no memory\r\n");
  const load = loadKeys(server.port, { prefix: "key:", count: 64, value: "x" }, 1);
  await assertRejects(() => load, Error, "-OOM no memory");
  await server.close();
});

/** Real Redis whose propagated operations can be read. */

import { startServer } from "../support/server_process.ts";

/** Real Redis with an append-only file. */
export async function startRecording() {
  let dir = "";
  const server = await startServer({
    name: "redis-server",
    command: "redis-server",
    args: (port, own) => {
      dir = own;
      return ["--port", `${port}`, "--dir", own, "--save", "", "--appendonly", "yes"].concat(
        ["--appendfsync", "no", "--enable-debug-command", "yes"],
      );
    },
  });
  const effects = async () => {
    const bytes = await Deno.readFile(`${dir}/appendonlydir/appendonly.aof.1.incr.aof`);
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  };
  return { server, effects };
}

/** `disable-thp no`: the kernel is asked for large pages for the core's memory, all of it. */

import { assertEquals } from "@std/assert";
import { Node } from "../support/nodes.ts";

const SWITCH = "/sys/kernel/mm/transparent_hugepage/enabled";

function hasLargePages(): boolean {
  try {
    return !Deno.readTextFileSync(SWITCH).includes("[never]");
  } catch {
    return false;
  }
}

/** How many GiB of a process's memory the kernel was asked for large pages for. */
function askedGib(pid: string): number {
  let bytes = 0;
  let sizeKb = 0;
  for (const line of Deno.readTextFileSync(`/proc/${pid}/smaps`).split("\n")) {
    const size = /^Size:\s+(\d+) kB/.exec(line);
    if (size !== null) sizeKb = Number(size[1]);
    if (/^VmFlags:.*\bhg\b/.test(line)) bytes += sizeKb * 1024;
  }
  return Math.round(bytes / 2 ** 30);
}

Deno.test({
  name: "disable-thp no: large pages for the core's memory, which yes does not ask for",
  ignore: !hasLargePages(),
  async fn() {
    for (const [option, gib] of [["no", 4], ["yes", 0]] as const) {
      await using node = await Node.start(
        "etna",
        ...["--disable-thp", option, "--enable-debug-command", "yes"],
      );
      assertEquals(await node.say("SET", "k", "v"), "OK");
      assertEquals(askedGib(await node.row("process_id", "server")), gib);
      // To load data asks for them, and is not what decides about later.
      assertEquals(await node.say("DEBUG", "RELOAD"), "OK");
      assertEquals(askedGib(await node.row("process_id", "server")), gib);
    }
  },
});

/** Large files go at once and are freed beside; whoever has another name for them, or reads them, keeps them. */

import { assertEquals, assertThrows } from "@std/assert";
import type { Disk } from "./disk.ts";
import { nodeDisk } from "./node/disk.ts";
import { realDisk } from "./real/disk.ts";

const LARGE_BYTES = 3 * 1024 * 1024;

function write(disk: Disk, path: string, byte: number): void {
  const file = disk.create(path);
  file.write(new Uint8Array(LARGE_BYTES).fill(byte));
  file.close();
}

/** The first byte of each file in a directory, by name; those that are being freed aside. */
function content(disk: Disk, directory: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of disk.list(directory).sort()) {
    if (name.startsWith("temp-gone-")) continue;
    const byte = new Uint8Array(1);
    const file = disk.open(`${directory}/${name}`)!;
    file.read(byte);
    file.close();
    found[name] = byte[0];
  }
  return found;
}

for (const [name, make] of [["Deno", realDisk], ["Node", nodeDisk]] as const) {
  Deno.test(`large files are removed and replaced at once, ${name}`, async () => {
    const disk = make();
    const directory = Deno.makeTempDirSync();
    try {
      const at = (name: string) => `${directory}/${name}`;
      for (const [name, byte] of [["a", 1], ["b", 2], ["c", 3]] as const) {
        write(disk, at(name), byte);
      }
      Deno.linkSync(at("a"), at("kept"));
      disk.rename(at("b"), at("a"));
      assertEquals(content(disk, directory), { a: 2, c: 3, kept: 1 });
      const durable = disk.renameLater(at("c"), at("a"));
      assertEquals(content(disk, directory), { a: 3, kept: 1 });
      await durable;
      disk.remove(at("a"));
      assertEquals(content(disk, directory), { kept: 1 });
      write(disk, at("a"), 4);
      assertThrows(() => disk.rename(at("missing"), at("a")), Error, "No such file or directory");
      assertEquals(content(disk, directory), { a: 4, kept: 1 });
      while (disk.list(directory).length > 2) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assertEquals(content(disk, directory), { a: 4, kept: 1 });
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}

/** Who is read in the middle of finds what was read last as it was: READ_PLACES of layout.ts. */
import { assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";

Deno.test("places: a bucket written before it changes leaves no trace of its reading", async () => {
  const rig = await CommandRig.load();
  const { core } = rig;
  const { at, u32, x } = core;
  core.writeFile = () => true;
  // A key that spells an integer is parsed when it is written.
  rig.run(["set", "123", "value"], () => x.stringSet(0, 1, 2, 0));
  let entry = 0;
  rig.run(["get", "123"], () => {
    entry = x.keyPeek(0, 1);
  });
  // From here on a lookup may write the bucket too.
  const saver = x.saveStart(at.SAVE_RDB, 10, at.SAVE_NO_USE, true);
  x.saveSnapshot(saver);
  const cells = Array.from({ length: 10 }, (_, index) => at.READ_PLACES + index);
  for (const cell of cells) u32[cell] = 1000 + cell;
  assertEquals(x.savedKeys(saver), 0, "the bucket is still to be written");
  x.entryDelete(0, entry);
  assertEquals(x.savedKeys(saver), 1, "the bucket was written");
  assertEquals(cells.map((cell) => u32[cell]), cells.map((cell) => 1000 + cell));
  x.saveEnd();
});

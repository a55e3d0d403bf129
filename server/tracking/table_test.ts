import { assert, assertEquals } from "@std/assert";
import { fuzz, scaled } from "../../core-as/host/testing.ts";
import { InvalidationTable } from "./table.ts";

Deno.test("invalidation table: as a map of sets, whatever is read, told of and forgotten", () =>
  fuzz((random) => {
    const table = new InvalidationTable({
      bytes: (count) => Uint8Array.from({ length: count }, () => random(256)),
    });
    const model = new Map<string, Set<number>>();
    for (let step = 0; step < scaled(20_000); step++) {
      const key = `k${random(20)}`;
      const roll = random(100);
      if (roll < 93) {
        const client = random(random(2) === 0 ? 3 : 40);
        table.add(key, client);
        let readers = model.get(key);
        if (readers === undefined) model.set(key, readers = new Set());
        readers.add(client);
      } else if (roll < 97) {
        const expected = [...model.get(key) ?? []].sort();
        assertEquals([...table.take(key)].sort(), expected);
        model.delete(key);
      } else if (roll < 99) {
        const victim = table.victim();
        assertEquals(victim === undefined, model.size === 0);
        if (victim === undefined) continue;
        assert(model.has(victim));
        assertEquals([...table.take(victim)].length, model.get(victim)!.size);
        model.delete(victim);
      } else if (random(20) === 0) {
        table.clear();
        model.clear();
      }
      assertEquals(table.keys, model.size);
      assertEquals(table.items, [...model.values()].reduce((sum, { size }) => sum + size, 0));
    }
  }));

Deno.test("invalidation table: every entry can be the one that goes", () => {
  const table = new InvalidationTable({
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  });
  const seen = new Set<string>();
  for (let round = 0; round < 2000 && seen.size < 30; round++) {
    for (let i = 0; i < 30; i++) table.add(`k${i}`, 1);
    const victim = table.victim()!;
    seen.add(victim);
    table.take(victim);
  }
  assertEquals(seen.size, 30);
});

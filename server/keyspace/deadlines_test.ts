/** The heap of deadlines against a model, a plain list. */

import { assert, assertEquals } from "@std/assert";
import { fuzz, scaled } from "../../core-as/host/testing.ts";
import { Deadlines, type Timed } from "./deadlines.ts";

function timed(deadlineMs: number): Timed {
  return { deadlineMs, heapIndex: -1 };
}

Deno.test("deadlines: whatever comes and goes, the first is the earliest", () =>
  fuzz((random) => {
    const heap = new Deadlines<Timed>();
    const model: Timed[] = [];
    const gone: Timed[] = [];
    for (let step = scaled(20_000); step > 0; step--) {
      // Now and then it grows, and then it shrinks; few different times, so that many are equal.
      const grows = (step >> 9) % 2 === 0;
      if (random(10) < (grows ? 7 : 3)) {
        const item = timed(random(random(4) === 0 ? 5 : 1_000_000));
        heap.add(item);
        model.push(item);
      } else if (model.length > 0) {
        const at = random(3) === 0 ? model.indexOf(heap.first!) : random(model.length);
        const [item] = model.splice(at, 1);
        heap.remove(item);
        gone.push(item);
      } else if (gone.length > 0) heap.remove(gone[random(gone.length)]);

      assertEquals(heap.size, model.length);
      const earliestMs = model.reduce(
        (least, { deadlineMs }) => Math.min(least, deadlineMs),
        Infinity,
      );
      assertEquals(heap.first?.deadlineMs ?? Infinity, earliestMs);
    }
    assert(gone.every(({ heapIndex }) => heapIndex === -1));
    const order: number[] = [];
    for (let item = heap.first; item !== undefined; item = heap.first) {
      order.push(item.deadlineMs);
      heap.remove(item);
    }
    assertEquals(order, model.map(({ deadlineMs }) => deadlineMs).sort((a, b) => a - b));
  }));

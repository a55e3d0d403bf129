import { assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { SlowLog } from "./slowlog.ts";

const command = (durationUs: number) => ({ timeS: 1, durationUs, args: [], peer: "", name: "" });

Deno.test("SlowLog: a plain list, whatever is added, asked for and dropped", () => {
  const seed = seedFromEnv("ETNA_SEED");
  console.log(`ETNA_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const log = new SlowLog();
  let model: number[] = [];
  let maxLength = 8;
  for (let id = 0; id < 3000; id++) {
    if (random.chance(0.02)) maxLength = random.pick([0, 1, 8, 50]);
    if (random.chance(0.01)) {
      log.reset();
      model = [];
    }
    log.add(command(id), maxLength);
    model.unshift(id);
    model.length = Math.min(model.length, maxLength);
    assertEquals(log.length, model.length, `seed ${seed}`);
    const count = random.pick([0, 1, 5, Infinity]);
    const got = log.latest(count);
    assertEquals(got.map((one) => one.id), model.slice(0, count), `seed ${seed}`);
    assertEquals(got.map((one) => one.durationUs), got.map((one) => one.id));
  }
});

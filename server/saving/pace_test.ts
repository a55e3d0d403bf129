import { assert, assertEquals } from "@std/assert";
import { SnapshotPace } from "./pace.ts";

/**
 * What part of a second a snapshot gets beside clients who take some part of what it leaves, and its longest slice.
 * A turn takes 50 us where nothing is to do.
 */
function shared(load: number): { share: number; longestUs: number } {
  const stats = { loop: { durationUs: 0 } };
  const pace = new SnapshotPace(stats);
  let [nowUs, takenUs, longestUs] = [1, 0, 0];
  while (nowUs < 1e6) {
    const sliceUs = pace.budgetUs(nowUs);
    // The first moments show what there is.
    if (nowUs > 1e5) {
      takenUs += sliceUs;
      longestUs = Math.max(longestUs, sliceUs);
    }
    const restUs = Math.max(50, sliceUs * load / (1 - load));
    stats.loop.durationUs += restUs * load;
    nowUs += sliceUs + restUs;
  }
  return { share: takenUs / 9e5, longestUs };
}

Deno.test("a snapshot takes what nobody wants, half beside few clients, and a share where they are many", () => {
  const alone = shared(0);
  assert(alone.share > 0.9);
  assertEquals(alone.longestUs, 1000);
  const few = shared(0.05);
  assert(few.share > 0.3 && few.share <= 0.5, `${few.share}`);
  const many = shared(0.7);
  assert(many.share > 0.05 && many.share <= 0.16, `${many.share}`);
  assert(Math.max(few.longestUs, many.longestUs) <= 300);
});

Deno.test("clients still keep the server busy when the counters begin anew", () => {
  const stats = { loop: { durationUs: 0 } };
  const pace = new SnapshotPace(stats);
  let nowUs = 0;
  const turn = () => {
    nowUs += 100;
    stats.loop.durationUs += 90;
    return pace.budgetUs(nowUs);
  };
  for (let i = 0; i < 10_000; i++) turn();
  stats.loop.durationUs = 0;
  for (let i = 0; i < 10; i++) assert(turn() <= 300);
});

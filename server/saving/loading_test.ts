import { assertEquals } from "@std/assert";
import { NOTHING_RELEASED } from "../env/network.ts";
import { Loading, type LoadingNeeds } from "./loading.ts";

Deno.test("what is loaded goes to large pages, what comes later only where disable-thp says so", () => {
  for (const smallAfterwards of [true, false]) {
    const asked: boolean[] = [];
    const loading = new Loading(
      {
        config: { values: { "disable-thp": smallAfterwards } },
        pages: { ...NOTHING_RELEASED, useLarge: (wanted) => (asked.push(wanted), true) },
        clock: { nowMs: () => 0 },
        updateGate() {},
      } as Partial<LoadingNeeds> as LoadingNeeds,
    );
    loading.begin();
    assertEquals(asked, [true]);
    loading.end();
    loading.end();
    assertEquals(asked, smallAfterwards ? [true, false] : [true]);
  }
});

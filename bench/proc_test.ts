import { assert, assertEquals } from "@std/assert";
import { cpuTime, parseMachineBusyUs, parseRssBytes, parseStat, processTree } from "./proc.ts";

Deno.test("parseStat reads own and reaped time in microseconds", () => {
  const stat =
    "1991 (bash) S 1982 1991 1991 0 -1 4194560 8269 9698658 0 167 4 5 48950 28804 20 0 " +
    "1 0 60987 5447680 812 18446744073709551615 94908956979200 94908957768605 140733291515632 0 0 " +
    "0 65536 4 1132560123 1 0 0 17 0 0 0 0 0 0 94908958001904 94908958050148 94909900808192 0\n";
  assertEquals(parseStat(stat), {
    own: { userUs: 40_000, sysUs: 50_000 },
    reaped: { userUs: 489_500_000, sysUs: 288_040_000 },
  });
});

Deno.test("parseStat is not misled by a parenthesis in the name of the process", () => {
  const stat = "18938 (a) (b) R 18820 18820 1991 0 -1 4194304 2634 0 0 0 1 2 3 4 20 0 6 0 221345\n";
  assertEquals(parseStat(stat).own, { userUs: 10_000, sysUs: 20_000 });
});

Deno.test("parseRssBytes reads kB, and nothing for a zombie", () => {
  const status = "Name:\tbash\nVmHWM:\t    3764 kB\nVmRSS:\t    3344 kB\nRssAnon:\t     560 kB\n";
  assertEquals(parseRssBytes(status), 3344 * 1024);
  assertEquals(parseRssBytes("Name:\tbash\nState:\tZ (zombie)\n"), 0);
});

Deno.test("parseMachineBusyUs counts everything but idle and iowait", () => {
  const stat = "cpu  95312 0 37612 296069 600 0 7802 1754 0 0\ncpu0 47195 0 19359 148218 48 0\n";
  assertEquals(parseMachineBusyUs(stat), (95_312 + 37_612 + 7_802 + 1_754) * 10_000);
});

Deno.test("a process behind a wrapper is in the tree and its CPU time is counted", async () => {
  const inner = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; read line";
  const wrapper = new Deno.Command("sh", {
    args: ["-c", `sh -c '${inner}'; exit 0`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = wrapper.stdout.getReader();
  await reader.read();
  assertEquals(processTree(wrapper.pid).length, 2);
  const { userUs, sysUs } = cpuTime(wrapper.pid);
  assert(userUs + sysUs >= 50_000, `the inner shell's loop took only ${userUs + sysUs} us`);
  await wrapper.stdin.close();
  await reader.cancel();
  await wrapper.status;
});

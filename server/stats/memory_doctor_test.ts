import { assertEquals, assertMatch } from "@std/assert";
import type { MemoryFigures } from "./memory.ts";
import { doctorReport } from "./memory_doctor.ts";

const MEBIBYTE = 1048576;
const healthy: MemoryFigures = {
  used: 100 * MEBIBYTE,
  peak: 110 * MEBIBYTE,
  startup: 0,
  resident: 200 * MEBIBYTE,
  clients: 0,
  databases: [],
  overhead: 0,
  dataset: 100 * MEBIBYTE,
  keys: 1,
  active: 105 * MEBIBYTE,
  mapped: 106 * MEBIBYTE,
  addressable: 2 ** 32,
  addressableLeft: 2 ** 31,
};
const findings = (changed: Partial<MemoryFigures>, clients = 1) =>
  [...doctorReport({ ...healthy, ...changed }, clients).matchAll(/^ \* ([\w ]+):/gm)]
    .map(([, name]) => name);

Deno.test("doctorReport: says what is wrong, and only that", () => {
  assertEquals(findings({}), []);
  assertEquals(findings({ peak: 151 * MEBIBYTE }), ["Peak"]);
  assertEquals(findings({ active: 150 * MEBIBYTE, mapped: 150 * MEBIBYTE }), ["Fragmentation"]);
  assertEquals(findings({ mapped: 130 * MEBIBYTE }), ["Free pages"]);
  assertEquals(findings({ clients: MEBIBYTE }, 2), ["Clients"]);
  assertEquals(findings({ clients: MEBIBYTE }, 10), []);
  assertMatch(doctorReport({ ...healthy, used: MEBIBYTE, peak: 90 * MEBIBYTE }, 0), /too little/);
});

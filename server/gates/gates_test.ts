import { assertEquals, assertThrows } from "@std/assert";
import { Connection } from "../net/connection.ts";
import { type Candidate, type GateName, type GateRow, Gates, HOLD } from "./gates.ts";

const WRITE = 1;
const READ = 2;

function row(name: GateName, commands: number, refusal: string | typeof HOLD): GateRow {
  return { name, connections: 0, commands: () => commands, refuse: () => refusal };
}

function candidate(bits: number): Candidate {
  return { connection: new Connection(1), name: "set", id: 0, bits, queues: false };
}

Deno.test("gates: the first in Redis's order refuses, however they were registered", () => {
  const gates = new Gates();
  gates.register(row("pause", WRITE, HOLD));
  gates.register(row("memory", WRITE, "OOM"));
  gates.register(row("authentication", 0, "NOAUTH"));
  assertEquals(gates.mask, WRITE);
  assertEquals(gates.refusal(candidate(WRITE)), "OOM");
  assertEquals(gates.refusal(candidate(READ)), null);
});

Deno.test("gates: a gate that opens lets pass, and one of connections looks at these alone", () => {
  const gates = new Gates();
  let shut = READ;
  gates.register({ ...row("loading", 0, "LOADING"), commands: () => shut });
  gates.register({ ...row("subscriber", 0, "ERR subscribed"), connections: 2 });
  assertEquals(gates.refusal(candidate(READ)), "LOADING");
  shut = 0;
  gates.update();
  assertEquals([gates.mask, gates.refusal(candidate(READ))], [0, null]);
  const subscribed = candidate(READ);
  subscribed.connection.gate = 2;
  assertEquals(gates.refusal(subscribed), "ERR subscribed");
});

Deno.test("gates: a name has one row", () => {
  const gates = new Gates();
  gates.register(row("busy", 0, "BUSY"));
  assertThrows(() => gates.register(row("busy", 0, "BUSY")), Error, "already");
});

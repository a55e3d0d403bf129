/** The roster of nodes against a model of it, and gossip against entries written and read one by one. ETNA_SEED repeats a run. */

import { assert, assertEquals } from "@std/assert";
import { busStateOf } from "../../tests/support/bus_states.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { ping, takeGossip } from "./gossip.ts";
import { decode, type Message } from "./message.ts";
import { Node } from "./node.ts";
import { encode, GOSSIP_BYTES, HEADER_BYTES, MessageType } from "./packet.ts";
import { Roster } from "./roster.ts";
import type { BusState } from "./state.ts";

const seed = seedFromEnv("ETNA_SEED");

function newName(random: SeededRandom, likeness: number): string {
  // Names that begin alike lead to one place.
  const digits = Array.from({ length: 40 - likeness }, () => random.below(16).toString(16));
  return "a".repeat(likeness) + digits.join("");
}

/** A message whose sender has a name. */
function messageFrom(state: BusState, sender: string): Message {
  state.room.clear();
  return decode(encode(state.room, { ...state.header(MessageType.FAIL), sender }, {}))!;
}

function newState(random: SeededRandom): BusState {
  const name = () => newName(random, 0);
  return busStateOf(name(), name, 50_000, () => random.nextUint32() / 2 ** 32);
}

Deno.test(`bus: a roster finds whom it has and nobody else, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const state = newState(random);
  const roster = new Roster();
  const model = new Map<string, Node>();
  const gone: string[] = [];
  for (let i = 0; i < 3000; i++) {
    if (model.size > 0 && random.chance(0.45)) {
      const node = random.pick([...model.values()]);
      model.delete(node.id);
      gone.push(node.id);
      roster.delete(node);
    } else {
      const node = new Node(newName(random, random.pick([0, 8, 36])), false, 0, "");
      model.set(node.id, node);
      roster.add(node);
    }
    if (i % 50 !== 0) continue;
    assertEquals(roster.size, model.size);
    assert(new Set(roster.deck).size === model.size);
    assert(roster.deck.every((node) => model.get(node.id) === node));
    for (const [name, node] of model) {
      assert(roster.get(name) === node && roster.named(messageFrom(state, name), 40) === node);
    }
    for (const name of gone.splice(0)) {
      assert(roster.named(messageFrom(state, name), 40) === model.get(name));
    }
  }
});

/** An entry as the layout of `packet.ts` has it, byte by byte. */
function entryOf(state: BusState, node: Node): Uint8Array {
  const bytes = new Uint8Array(GOSSIP_BYTES);
  const view = new DataView(bytes.buffer);
  const write = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  };
  write(0, node.id);
  view.setUint32(40, Math.floor(node.pingSentMs / 1000));
  view.setUint32(44, Math.floor(node.pongReceivedMs / 1000));
  write(48, node.ip.slice(0, 45));
  view.setUint16(94, node.port);
  view.setUint16(96, node.busPort);
  view.setUint16(98, state.flagsOf(node));
  view.setUint16(100, node.plainPort);
  return bytes;
}

/** Sends a ping and takes it. @returns its bytes */
function pinged(state: BusState, to: Node): Uint8Array {
  ping(state, to, 0, MessageType.PONG);
  const sent = state.take().findLast((action) => action.do === "send");
  if (sent?.do !== "send") throw new Error("nothing was sent");
  const bytes = sent.bytes.slice();
  state.sent();
  return bytes;
}

Deno.test(`bus: gossip is what the table says, each node as likely as the others, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const state = newState(random);
  const nodes = Array.from({ length: 60 }, (_, i) => {
    const node = state.add(newName(random, 0));
    node.ip = random.pick([
      "10.0.0.1",
      "2001:db8:1234:5678:9abc:def0:1234:5678",
      "::1",
      "x".repeat(60),
    ]);
    node.port = random.below(65536);
    node.busPort = random.below(65536);
    node.plainPort = random.below(65536);
    node.pingSentMs = random.below(50_000);
    node.pongReceivedMs = random.below(50_000);
    node.isMaster = random.chance(0.5);
    node.hasNoAddress = i === 7;
    node.link = i === 8 ? null : { id: i, isOpen: true, madeMs: 0 };
    return node;
  });
  state.suspect(nodes[3], true);
  state.addStranger("10.9.9.9", 1)!.link = { id: 99, isOpen: true, madeMs: 0 };
  const told = new Map<Node, number>();
  for (let i = 0; i < 2000; i++) {
    const moved = random.pick(nodes);
    moved.ip = `10.0.${random.below(3)}.${random.below(300)}`;
    const message = decode(pinged(state, nodes[0]))!;
    // A tenth of all, and who seems to fail.
    assertEquals(message.gossipCount, 6 + 1);
    for (let k = 0; k < message.gossipCount; k++) {
      const at = HEADER_BYTES + k * GOSSIP_BYTES;
      const node = state.find(message.text(at, 40))!;
      assertEquals(message.bytes.subarray(at, at + GOSSIP_BYTES), entryOf(state, node));
      told.set(node, (told.get(node) ?? 0) + 1);
    }
  }
  assertEquals(told.get(nodes[3]), 2000);
  told.delete(nodes[3]);
  const withoutNews = [nodes[7], nodes[8], state.self].map((node) => told.get(node));
  assertEquals(withoutNews, [undefined, undefined, undefined]);
  assertEquals(told.size, nodes.length - 3);
  // 2000 times 6 of 57: 210 each, give or take 14.
  for (const count of told.values()) assert(count > 130 && count < 290, `${count} times`);
});

Deno.test("bus: what gossip says of a node that does not answer is where it is now", () => {
  const random = new SeededRandom(seed);
  const [here, there] = [newState(random), newState(random)];
  const sender = here.add(there.self.id);
  const lost = here.add(newName(random, 0));
  lost.ip = "10.0.0.1";
  here.suspect(lost, true);
  lost.pongReceivedMs = 10_000;
  const seen = there.add(lost.id);
  seen.ip = "10.0.0.2";
  seen.port = 6379;
  seen.busPort = 16379;
  seen.pongReceivedMs = 20_000;
  seen.link = { id: 1, isOpen: true, madeMs: 0 };
  takeGossip(here, sender, decode(pinged(there, seen))!, 0);
  assertEquals([lost.ip, lost.port, lost.busPort], ["10.0.0.2", 6379, 16379]);
  assertEquals(lost.pongReceivedMs, 20_000);
  // Of whom nobody has heard here, it is met.
  const other = there.add(newName(random, 0));
  Object.assign(other, {
    ip: "10.0.0.3",
    port: 1,
    busPort: 2,
    link: { id: 2, isOpen: true, madeMs: 0 },
  });
  takeGossip(here, sender, decode(pinged(there, seen))!, 0);
  const met = [...here.nodes.values()].filter((node) => node.isInHandshake);
  assertEquals(met.map(({ ip }) => ip), ["10.0.0.3"]);
});

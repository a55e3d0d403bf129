/** Messages of the bus: their bytes, and that no bytes of strangers harm. ETNA_SEED repeats a run. */

import { assert, assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { decode, lengthOf } from "./message.ts";
import {
  type Body,
  encode as encodeIn,
  type Header,
  HEADER_BYTES,
  MessageRoom,
  MessageType,
} from "./packet.ts";

const name = (digit: string) => digit.repeat(40);

const header: Header = {
  type: MessageType.PING,
  port: 7101,
  plainPort: 0,
  busPort: 17101,
  currentEpoch: 5,
  configEpoch: 2 ** 33 + 1,
  offset: 1234,
  sender: name("a"),
  slots: Uint8Array.from({ length: 2048 }, (_, i) => i === 3 ? 0x81 : 0),
  primary: "",
  ip: "",
  flags: 0x11,
  isDown: false,
  messageFlags: 0,
};
const room = new MessageRoom();
const encode = (header: Header, body?: Body) => encodeIn(room, header, body).slice();
const extensions = { hostname: "h1.example", humanName: null, shardId: name("c"), forgotten: [] };

Deno.test("bus: a message's bytes are where Redis has them", () => {
  const bytes = encode({ ...header, type: MessageType.MEET }, {
    extensions: { ...extensions, shardId: null },
  });
  // As a redis-server 7.0.15 of that port, host name and role sends its MEET.
  assertEquals(bytes.length, 2280);
  assertEquals(lengthOf(bytes), 2280);
  const hex = (from: number, to: number) =>
    Array.from(bytes.subarray(from, to), (byte) => byte.toString(16).padStart(2, "0")).join("");
  assertEquals(hex(0, 16), "52436d62000008e800011bbd00020000");
  assertEquals(hex(2214, 2216), "0001");
  assertEquals(hex(2246, HEADER_BYTES), "000042cd001100040000");
  assertEquals(hex(HEADER_BYTES, 2280), "000000180000000068312e6578616d706c65000000000000");
});

Deno.test("bus: what is written is read", () => {
  const forgotten = [{ name: name("e"), ttlS: 60 }, { name: name("f"), ttlS: 0 }];
  const said = { hostname: "h1.example", humanName: "one", shardId: name("c"), forgotten };
  const read = decode(encode(header, { gossipCount: 3, extensions: said }))!;
  assertEquals(read.gossipCount, 3);
  assertEquals(
    [read.hostname(), read.humanName(), read.shardId(), read.forgotten],
    ["h1.example", "one", name("c"), forgotten],
  );
  for (const known of ["h1", "h1.example", "h1.example.com", "h1.exampl "]) {
    assertEquals(read.hostname(known), "h1.example");
  }
  const plain = decode(encode(header))!;
  assertEquals([plain.hostname("h1"), plain.shardId("s"), plain.forgotten], ["", null, []]);
  const { sender, configEpoch, slots, messageFlags } = read;
  assertEquals([sender, configEpoch, slots, messageFlags], [
    name("a"),
    2 ** 33 + 1,
    header.slots,
    4,
  ]);
  const update = decode(encode({ ...header, type: MessageType.UPDATE }, {
    about: name("d"),
    aboutEpoch: 9,
    aboutSlots: header.slots,
  }))!;
  assertEquals([update.about, update.aboutEpoch, update.aboutSlots], [name("d"), 9, header.slots]);
  const text = new TextEncoder().encode("hello");
  const publish = decode(
    encode({ ...header, type: MessageType.PUBLISH }, { channel: text, text }),
  )!;
  assertEquals([publish.channel, publish.published], [text, text]);
});

Deno.test("bus: messages stay as they were written until their room is cleared", () => {
  const room = new MessageRoom();
  const texts = Array.from({ length: 60 }, (_, i) => new Uint8Array(i * 97).fill(i));
  for (let round = 0; round < 2; round++) {
    const written = texts.map((text) =>
      encodeIn(room, { ...header, type: MessageType.PUBLISH }, { channel: text, text })
    );
    for (const [i, bytes] of written.entries()) {
      const { channel, published } = decode(bytes)!;
      assertEquals([channel, published], [texts[i], texts[i]]);
    }
    room.clear();
  }
});

Deno.test("bus: the room for a large message is given back", () => {
  const room = new MessageRoom();
  const firstBytes = room.bytes.length;
  const text = new Uint8Array(1_000_000).fill(7);
  const bytes = encodeIn(room, { ...header, type: MessageType.PUBLISH }, { channel: text, text });
  assert(room.bytes.length > text.length);
  room.clear();
  assertEquals(room.bytes.length, firstBytes);
  assertEquals(decode(bytes)!.published, text);
});

const seed = seedFromEnv("ETNA_SEED");

Deno.test(`bus: bytes of strangers are a message or none, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const whole = [
    encode(header, { gossipCount: 1, extensions }),
    encode({ ...header, type: MessageType.FAIL }, { about: name("d") }),
    encode({ ...header, type: MessageType.PUBLISH }, { channel: new Uint8Array(9) }),
    encode({ ...header, type: MessageType.UPDATE }, { about: name("d"), aboutSlots: header.slots }),
  ];
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.pick(whole).slice();
    for (let k = random.between(1, 4); k > 0; k--) {
      // Most of them where something is said.
      const at = random.chance(0.7)
        ? random.pick([8, 9, 12, 13, 14, 15, 2215, 2253, 2259, 2263])
        : random.below(bytes.length);
      bytes[Math.min(at, bytes.length - 1)] = random.below(256);
    }
    const cut = random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
    if (decode(cut) !== null) read++;
  }
  assert(read > 1000, `${read} could be read`);
});

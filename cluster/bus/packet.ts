/**
 * Messages of the cluster's bus, byte for byte as Redis 7.0 and 7.2 send them. Numbers are big-endian.
 *
 * ```
 *  offset  bytes
 *       0      4  "RCmb"
 *       4      4  length of the whole message
 *       8      2  version, 1
 *      10      2  port for clients
 *      12      2  type
 *      14      2  number of gossip entries
 *      16      8  current epoch of the sender
 *      24      8  configuration epoch of the sender, or of its primary
 *      32      8  replication offset
 *      40     40  name of the sender
 *      80   2048  slots of the sender, or of its primary, a bit each
 *    2128     40  name of its primary, zeros of a primary
 *    2168     46  address of the sender, zeros = as it is seen
 *    2214      2  number of extensions
 *    2216     30  unused
 *    2246      2  port for clients without TLS, where the other speaks TLS
 *    2248      2  port of the bus
 *    2250      2  flags of the sender
 *    2252      1  state of the cluster as the sender sees it: 0 = ok, 1 = down
 *    2253      3  flags of the message
 *    2256         what its type carries:
 *                 PING PONG MEET: gossip, 104 bytes an entry; then extensions: length 4, type 2, unused 2, data
 *                 FAIL: a name, 40.  UPDATE: epoch 8, name 40, slots 2048.
 *                 PUBLISH PUBLISHSHARD: lengths 4 + 4, channel, message.
 * ```
 *
 * A gossip entry: name 40, ping sent 4 and pong received 4 (seconds), address 46, port 2, bus port 2, flags 2, port
 * without TLS 2, unused 2.
 */

export const MessageType = {
  PING: 0,
  PONG: 1,
  MEET: 2,
  FAIL: 3,
  PUBLISH: 4,
  AUTH_REQUEST: 5,
  AUTH_ACK: 6,
  UPDATE: 7,
  MFSTART: 8,
  MODULE: 9,
  PUBLISHSHARD: 10,
} as const;

export const NodeFlag = {
  MASTER: 1,
  SLAVE: 2,
  PFAIL: 4,
  FAIL: 8,
  MYSELF: 16,
  HANDSHAKE: 32,
  NOADDR: 64,
  MEET: 128,
  MIGRATE_TO: 256,
  NOFAILOVER: 512,
} as const;

/** Bits of a message's first flag byte. */
export const MessageFlag = { PAUSED: 1, FORCE_ACK: 2, EXTENSIONS: 4 } as const;

const Extension = { HOSTNAME: 0, HUMAN_NAME: 1, FORGOTTEN: 2, SHARD_ID: 3 } as const;

export const HEADER_BYTES = 2256;
const GOSSIP_BYTES = 104;
export const SLOT_BYTES = 2048;
const NAME_BYTES = 40;
const IP_BYTES = 46;
/** No message is longer. */
export const MAX_MESSAGE_BYTES = 64 << 20;

export interface GossipEntry {
  name: string;
  pingSentS: number;
  pongReceivedS: number;
  ip: string;
  port: number;
  busPort: number;
  flags: number;
  plainPort: number;
}

export interface Extensions {
  hostname: string | null;
  humanName: string | null;
  shardId: string | null;
  forgotten: { name: string; ttlS: number }[];
}

/** What every message says of its sender. */
export interface Header {
  type: number;
  port: number;
  plainPort: number;
  busPort: number;
  currentEpoch: number;
  configEpoch: number;
  offset: number;
  sender: string;
  slots: Uint8Array;
  /** "" of a primary. */
  primary: string;
  ip: string;
  flags: number;
  isDown: boolean;
  messageFlags: number;
}

export interface Message extends Header {
  gossip: GossipEntry[];
  extensions: Extensions;
  /** Of FAIL and UPDATE. */
  about: string;
  aboutEpoch: number;
  aboutSlots: Uint8Array;
  /** Of PUBLISH and PUBLISHSHARD. */
  channel: Uint8Array;
  text: Uint8Array;
}

/** What the body of a message has; by its type. */
export type Body = Partial<
  Pick<
    Message,
    "gossip" | "extensions" | "about" | "aboutEpoch" | "aboutSlots" | "channel" | "text"
  >
>;

const NO_BYTES = new Uint8Array(0);
const NO_EXTENSIONS: Extensions = { hostname: null, humanName: null, shardId: null, forgotten: [] };

// ---- writing ----------------------------------------------------------------------------------------

class Writer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }
  /** Names, addresses: all of it ASCII, too short for an encoder to be worth its call. */
  text(at: number, text: string, room: number): void {
    const { bytes } = this;
    const end = Math.min(text.length, room);
    for (let i = 0; i < end; i++) bytes[at + i] = text.charCodeAt(i);
  }
  u64(at: number, value: number): void {
    this.view.setUint32(at, Math.floor(value / 2 ** 32));
    this.view.setUint32(at + 4, value >>> 0);
  }
}

/** A text extension's bytes, in whole words of eight. */
function textExtension(type: number, text: string): Uint8Array {
  const length = 8 + ((text.length + 1 + 7) & ~7);
  const writer = new Writer(length);
  writer.view.setUint32(0, length);
  writer.view.setUint16(4, type);
  writer.text(8, text, text.length);
  return writer.bytes;
}

function extensionBytes({ hostname, humanName, shardId, forgotten }: Extensions): Uint8Array[] {
  const found: Uint8Array[] = [];
  if (hostname !== null) found.push(textExtension(Extension.HOSTNAME, hostname));
  if (humanName !== null) found.push(textExtension(Extension.HUMAN_NAME, humanName));
  for (const { name, ttlS } of forgotten) {
    const writer = new Writer(8 + NAME_BYTES + 8);
    writer.view.setUint32(0, writer.bytes.length);
    writer.view.setUint16(4, Extension.FORGOTTEN);
    writer.text(8, name, NAME_BYTES);
    writer.u64(8 + NAME_BYTES, ttlS);
    found.push(writer.bytes);
  }
  if (shardId !== null) {
    const writer = new Writer(8 + NAME_BYTES);
    writer.view.setUint32(0, writer.bytes.length);
    writer.view.setUint16(4, Extension.SHARD_ID);
    writer.text(8, shardId, NAME_BYTES);
    found.push(writer.bytes);
  }
  return found;
}

function writeGossip(writer: Writer, at: number, entry: GossipEntry): void {
  const { view } = writer;
  writer.text(at, entry.name, NAME_BYTES);
  view.setUint32(at + 40, entry.pingSentS);
  view.setUint32(at + 44, entry.pongReceivedS);
  writer.text(at + 48, entry.ip, IP_BYTES - 1);
  view.setUint16(at + 94, entry.port);
  view.setUint16(at + 96, entry.busPort);
  view.setUint16(at + 98, entry.flags);
  view.setUint16(at + 100, entry.plainPort);
}

/** A message's bytes. */
export function encode(header: Header, body: Body = {}): Uint8Array {
  const { gossip = [], extensions = NO_EXTENSIONS, channel = NO_BYTES, text = NO_BYTES } = body;
  const isUpdate = header.type === MessageType.UPDATE;
  const isPublish = header.type === MessageType.PUBLISH || header.type === MessageType.PUBLISHSHARD;
  const extra = extensionBytes(extensions);
  let length = HEADER_BYTES + gossip.length * GOSSIP_BYTES +
    extra.reduce((sum, bytes) => sum + bytes.length, 0);
  if (header.type === MessageType.FAIL) length += NAME_BYTES;
  if (isUpdate) length += 8 + NAME_BYTES + SLOT_BYTES;
  // The smallest one has room for eight bytes of text.
  if (isPublish) length += 8 + Math.max(0, channel.length + text.length);
  const writer = new Writer(length);
  const { view, bytes } = writer;
  writer.text(0, "RCmb", 4);
  view.setUint32(4, length);
  view.setUint16(8, 1);
  view.setUint16(10, header.port);
  view.setUint16(12, header.type);
  view.setUint16(14, gossip.length);
  writer.u64(16, header.currentEpoch);
  writer.u64(24, header.configEpoch);
  writer.u64(32, header.offset);
  writer.text(40, header.sender, NAME_BYTES);
  bytes.set(header.slots, 80);
  writer.text(2128, header.primary, NAME_BYTES);
  writer.text(2168, header.ip, IP_BYTES - 1);
  view.setUint16(2214, extra.length);
  view.setUint16(2246, header.plainPort);
  view.setUint16(2248, header.busPort);
  view.setUint16(2250, header.flags);
  bytes[2252] = header.isDown ? 1 : 0;
  bytes[2253] = header.messageFlags | (extra.length > 0 ? MessageFlag.EXTENSIONS : 0);
  let at = HEADER_BYTES;
  for (const entry of gossip) {
    writeGossip(writer, at, entry);
    at += GOSSIP_BYTES;
  }
  for (const extension of extra) {
    bytes.set(extension, at);
    at += extension.length;
  }
  if (header.type === MessageType.FAIL) writer.text(at, body.about ?? "", NAME_BYTES);
  if (isUpdate) {
    writer.u64(at, body.aboutEpoch ?? 0);
    writer.text(at + 8, body.about ?? "", NAME_BYTES);
    bytes.set(body.aboutSlots ?? NO_BYTES, at + 48);
  }
  if (isPublish) {
    view.setUint32(at, channel.length);
    view.setUint32(at + 4, text.length);
    bytes.set(channel, at + 8);
    bytes.set(text, at + 8 + channel.length);
  }
  return bytes;
}

// ---- reading ----------------------------------------------------------------------------------------

class Reader {
  readonly view: DataView;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  /** Text up to a zero byte. */
  text(at: number, room: number): string {
    const { bytes } = this;
    let text = "";
    for (const end = at + room; at < end && bytes[at] !== 0; at++) {
      text += String.fromCharCode(bytes[at]);
    }
    return text;
  }
  u64(at: number): number {
    return this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
  }
  name(at: number): string {
    return this.bytes[at] === 0 ? "" : this.text(at, NAME_BYTES);
  }
}

/** The length that a message says it has, once eight bytes are there. @returns null where it is none of the bus */
export function lengthOf(bytes: Uint8Array): number | null {
  const isOurs = bytes[0] === 0x52 && bytes[1] === 0x43 && bytes[2] === 0x6d && bytes[3] === 0x62;
  if (!isOurs) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(4);
  return length < 16 || length > MAX_MESSAGE_BYTES ? null : length;
}

/** @returns null where the message is of another version, not whole, or says what cannot be */
export function decode(bytes: Uint8Array): Message | null {
  if (bytes.length < HEADER_BYTES) return null;
  const reader = new Reader(bytes);
  const { view } = reader;
  if (view.getUint16(8) !== 1) return null;
  const type = view.getUint16(12);
  const message: Message = {
    type,
    port: view.getUint16(10),
    currentEpoch: reader.u64(16),
    configEpoch: reader.u64(24),
    offset: reader.u64(32),
    sender: reader.name(40),
    slots: bytes.slice(80, 80 + SLOT_BYTES),
    primary: reader.name(2128),
    ip: reader.text(2168, IP_BYTES),
    plainPort: view.getUint16(2246),
    busPort: view.getUint16(2248),
    flags: view.getUint16(2250),
    isDown: bytes[2252] !== 0,
    messageFlags: bytes[2253],
    gossip: [],
    extensions: { ...NO_EXTENSIONS, forgotten: [] },
    about: "",
    aboutEpoch: 0,
    aboutSlots: NO_BYTES,
    channel: NO_BYTES,
    text: NO_BYTES,
  };
  return readBody(reader, message) ? message : null;
}

function readBody(reader: Reader, message: Message): boolean {
  const { bytes, view } = reader;
  const room = bytes.length - HEADER_BYTES;
  switch (message.type) {
    case MessageType.PING:
    case MessageType.PONG:
    case MessageType.MEET: {
      const count = view.getUint16(14);
      if (room < count * GOSSIP_BYTES) return false;
      for (let i = 0; i < count; i++) {
        message.gossip.push(readGossip(reader, HEADER_BYTES + i * GOSSIP_BYTES));
      }
      if ((message.messageFlags & MessageFlag.EXTENSIONS) === 0) return true;
      return readExtensions(
        reader,
        HEADER_BYTES + count * GOSSIP_BYTES,
        view.getUint16(2214),
        message,
      );
    }
    case MessageType.FAIL:
      if (room < NAME_BYTES) return false;
      message.about = reader.name(HEADER_BYTES);
      return true;
    case MessageType.UPDATE:
      if (room < 8 + NAME_BYTES + SLOT_BYTES) return false;
      message.aboutEpoch = reader.u64(HEADER_BYTES);
      message.about = reader.name(HEADER_BYTES + 8);
      message.aboutSlots = bytes.slice(HEADER_BYTES + 48, HEADER_BYTES + 48 + SLOT_BYTES);
      return true;
    case MessageType.PUBLISH:
    case MessageType.PUBLISHSHARD: {
      if (room < 8) return false;
      const channel = view.getUint32(HEADER_BYTES);
      const text = view.getUint32(HEADER_BYTES + 4);
      if (room < 8 + channel + text) return false;
      const at = HEADER_BYTES + 8;
      message.channel = bytes.slice(at, at + channel);
      message.text = bytes.slice(at + channel, at + channel + text);
      return true;
    }
    case MessageType.AUTH_REQUEST:
    case MessageType.AUTH_ACK:
    case MessageType.MFSTART:
      return true;
    default:
      return false;
  }
}

function readGossip(reader: Reader, at: number): GossipEntry {
  const { view } = reader;
  return {
    name: reader.name(at),
    pingSentS: view.getUint32(at + 40),
    pongReceivedS: view.getUint32(at + 44),
    ip: reader.text(at + 48, IP_BYTES),
    port: view.getUint16(at + 94),
    busPort: view.getUint16(at + 96),
    flags: view.getUint16(at + 98),
    plainPort: view.getUint16(at + 100),
  };
}

function readExtensions(reader: Reader, from: number, count: number, message: Message): boolean {
  const { bytes, view } = reader;
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + 8 > bytes.length) return false;
    const length = view.getUint32(at);
    if (length < 8 || length % 8 !== 0 || at + length > bytes.length) return false;
    const data = at + 8;
    const { extensions } = message;
    switch (view.getUint16(at + 4)) {
      case Extension.HOSTNAME:
        extensions.hostname = reader.text(data, length - 8);
        break;
      case Extension.HUMAN_NAME:
        extensions.humanName = reader.text(data, length - 8);
        break;
      case Extension.FORGOTTEN:
        if (length < 8 + NAME_BYTES + 8) return false;
        extensions.forgotten.push({ name: reader.name(data), ttlS: reader.u64(data + NAME_BYTES) });
        break;
      case Extension.SHARD_ID:
        if (length < 8 + NAME_BYTES) return false;
        extensions.shardId = reader.name(data);
    }
    at += length;
  }
  return true;
}

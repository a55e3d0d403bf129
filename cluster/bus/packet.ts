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

export const Extension = { HOSTNAME: 0, HUMAN_NAME: 1, FORGOTTEN: 2, SHARD_ID: 3 } as const;

export const HEADER_BYTES = 2256;
export const GOSSIP_BYTES = 104;
export const SLOT_BYTES = 2048;
export const NAME_BYTES = 40;
export const IP_BYTES = 46;
/** Where names and addresses stand, in a message ... */
export const At = { SENDER: 40, SLOTS: 80, PRIMARY: 2128, IP: 2168 } as const;
/** ... and what an entry of gossip says. */
export const GossipAt = {
  NAME: 0,
  PING: 40,
  PONG: 44,
  IP: 48,
  PORT: 94,
  BUS_PORT: 96,
  FLAGS: 98,
  PLAIN_PORT: 100,
} as const;
/** No message is longer. */
export const MAX_MESSAGE_BYTES = 64 << 20;

export interface Extensions {
  hostname: string | null;
  humanName: string | null;
  shardId: string | null;
  forgotten: readonly { readonly name: string; readonly ttlS: number }[];
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

/** What the body of a message has; by its type. */
export interface Body {
  /** Entries of gossip: room is made for them, and whoever knows the nodes writes them. */
  gossipCount?: number;
  extensions?: Extensions;
  /** Of FAIL and UPDATE. */
  about?: string;
  aboutEpoch?: number;
  aboutSlots?: Uint8Array;
  /** Of PUBLISH and PUBLISHSHARD. */
  channel?: Uint8Array;
  text?: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const NO_EXTENSIONS: Extensions = { hostname: null, humanName: null, shardId: null, forgotten: [] };

const ROOM_BYTES = 65536;

/**
 * Where messages are written, one behind the other: whoever has sent all of them gives the room free for the next
 * ones, without a byte of garbage.
 */
export class MessageRoom {
  bytes!: Uint8Array<ArrayBuffer>;
  view!: DataView;
  /** The same bytes four by four, in the order of this machine. */
  words!: Uint32Array;
  #end = 0;

  constructor() {
    this.#make(ROOM_BYTES);
  }

  #make(length: number): void {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  /** @returns where so many bytes begin, which are zero */
  take(length: number): number {
    let from = this.#end;
    if (from + length > this.bytes.length) {
      // What was written before is sent from where it is.
      this.#make(Math.max(ROOM_BYTES, (length + 7) & ~7));
      from = 0;
    } else this.bytes.fill(0, from, from + length);
    this.#end = from + ((length + 7) & ~7);
    return from;
  }
  /** Nothing of what was written is to be sent any more. */
  clear(): void {
    this.#end = 0;
    // One that a large PUBLISH has made is not kept.
    if (this.bytes.length > ROOM_BYTES) this.#make(ROOM_BYTES);
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

const FORGOTTEN_BYTES = 8 + NAME_BYTES + 8;
const SHARD_ID_BYTES = 8 + NAME_BYTES;

/** Of a text's extension: whole words of eight, a zero at its end. */
function textBytes(text: string | null): number {
  return text === null ? 0 : 8 + ((text.length + 1 + 7) & ~7);
}

function extensionBytes({ hostname, humanName, shardId, forgotten }: Extensions): number {
  return textBytes(hostname) + textBytes(humanName) + forgotten.length * FORGOTTEN_BYTES +
    (shardId === null ? 0 : SHARD_ID_BYTES);
}

/** @returns how many there are */
function writeExtensions(
  room: MessageRoom,
  at: number,
  { hostname, humanName, shardId, forgotten }: Extensions,
): number {
  let count = 0;
  const begin = (type: number, length: number): number => {
    const data = at + 8;
    room.view.setUint32(at, length);
    room.view.setUint16(at + 4, type);
    at += length;
    count++;
    return data;
  };
  const write = (type: number, text: string | null) => {
    if (text === null) return;
    room.text(begin(type, textBytes(text)), text, text.length);
  };
  write(Extension.HOSTNAME, hostname);
  write(Extension.HUMAN_NAME, humanName);
  for (const { name, ttlS } of forgotten) {
    const data = begin(Extension.FORGOTTEN, FORGOTTEN_BYTES);
    room.text(data, name, NAME_BYTES);
    room.u64(data + NAME_BYTES, ttlS);
  }
  if (shardId !== null) room.text(begin(Extension.SHARD_ID, SHARD_ID_BYTES), shardId, NAME_BYTES);
  return count;
}

/** A message's bytes, good until its room is cleared. */
export function encode(room: MessageRoom, header: Header, body: Body = {}): Uint8Array {
  const { gossipCount = 0, extensions = NO_EXTENSIONS, channel = NO_BYTES, text = NO_BYTES } = body;
  const { type } = header;
  const isPublish = type === MessageType.PUBLISH || type === MessageType.PUBLISHSHARD;
  let length = HEADER_BYTES + gossipCount * GOSSIP_BYTES + extensionBytes(extensions);
  if (type === MessageType.FAIL) length += NAME_BYTES;
  if (type === MessageType.UPDATE) length += 8 + NAME_BYTES + SLOT_BYTES;
  if (isPublish) length += 8 + channel.length + text.length;
  const from = room.take(length);
  const { view, bytes } = room;
  writeHeader(room, from, length, header);
  view.setUint16(from + 14, gossipCount);
  let at = from + HEADER_BYTES + gossipCount * GOSSIP_BYTES;
  const extensionCount = writeExtensions(room, at, extensions);
  view.setUint16(from + 2214, extensionCount);
  if (extensionCount > 0) bytes[from + 2253] |= MessageFlag.EXTENSIONS;
  if (type === MessageType.FAIL) room.text(at, body.about ?? "", NAME_BYTES);
  if (type === MessageType.UPDATE) {
    room.u64(at, body.aboutEpoch ?? 0);
    room.text(at + 8, body.about ?? "", NAME_BYTES);
    bytes.set(body.aboutSlots ?? NO_BYTES, at + 8 + NAME_BYTES);
  }
  if (isPublish) {
    view.setUint32(at, channel.length);
    view.setUint32(at + 4, text.length);
    at += 8;
    bytes.set(channel, at);
    bytes.set(text, at + channel.length);
  }
  return bytes.subarray(from, from + length);
}

function writeHeader(room: MessageRoom, from: number, length: number, header: Header): void {
  const { view, bytes } = room;
  room.text(from, "RCmb", 4);
  view.setUint32(from + 4, length);
  view.setUint16(from + 8, 1);
  view.setUint16(from + 10, header.port);
  view.setUint16(from + 12, header.type);
  room.u64(from + 16, header.currentEpoch);
  room.u64(from + 24, header.configEpoch);
  room.u64(from + 32, header.offset);
  room.text(from + At.SENDER, header.sender, NAME_BYTES);
  bytes.set(header.slots, from + At.SLOTS);
  room.text(from + At.PRIMARY, header.primary, NAME_BYTES);
  room.text(from + At.IP, header.ip, IP_BYTES - 1);
  view.setUint16(from + 2246, header.plainPort);
  view.setUint16(from + 2248, header.busPort);
  view.setUint16(from + 2250, header.flags);
  bytes[from + 2252] = header.isDown ? 1 : 0;
  bytes[from + 2253] = header.messageFlags;
}

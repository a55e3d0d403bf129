/**
 * Messages of the bus as they came (`packet.ts` draws them): nothing is copied out of them and no string is made before
 * somebody asks for it, as most of what they say is known.
 */

import {
  At,
  Extension,
  GOSSIP_BYTES,
  HEADER_BYTES,
  IP_BYTES,
  MAX_MESSAGE_BYTES,
  MessageFlag,
  MessageType,
  NAME_BYTES,
  SLOT_BYTES,
} from "./packet.ts";

/** A node that is to be forgotten, and for how long. */
export interface Forgotten {
  readonly name: string;
  readonly ttlS: number;
}

const NONE_FORGOTTEN: readonly Forgotten[] = [];

/** Where the text of an extension stands; nowhere in a message without it. */
interface Place {
  readonly at: number;
  readonly room: number;
}

/** Good until the bytes are another's: whoever keeps something of it makes a copy. */
export class Message {
  readonly view: DataView;
  /** The bytes four by four, in the order of this machine: to compare and to copy. */
  readonly words: Uint32Array;
  readonly type: number;
  readonly port: number;
  readonly plainPort: number;
  readonly busPort: number;
  readonly currentEpoch: number;
  readonly configEpoch: number;
  readonly offset: number;
  readonly flags: number;
  readonly isDown: boolean;
  readonly messageFlags: number;
  readonly gossipCount: number;
  #hostname: Place | null = null;
  #humanName: Place | null = null;
  #shardId: Place | null = null;
  /** Nodes that are to be forgotten. */
  forgotten: readonly Forgotten[] = NONE_FORGOTTEN;

  /** @param bytes a whole header at least, at a place in their buffer that words of four have */
  constructor(readonly bytes: Uint8Array) {
    const { buffer, byteOffset, byteLength } = bytes;
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.words = new Uint32Array(buffer, byteOffset, byteLength >> 2);
    const { view } = this;
    this.port = view.getUint16(10);
    this.type = view.getUint16(12);
    this.gossipCount = this.isPing ? view.getUint16(14) : 0;
    this.currentEpoch = this.u64(16);
    this.configEpoch = this.u64(24);
    this.offset = this.u64(32);
    this.plainPort = view.getUint16(2246);
    this.busPort = view.getUint16(2248);
    this.flags = view.getUint16(2250);
    this.isDown = bytes[2252] !== 0;
    this.messageFlags = bytes[2253];
  }

  get isPing(): boolean {
    const { type } = this;
    return type === MessageType.PING || type === MessageType.PONG || type === MessageType.MEET;
  }
  get sender(): string {
    return this.text(At.SENDER, NAME_BYTES);
  }
  /** Whether its sender is a replica. */
  get hasPrimary(): boolean {
    return this.bytes[At.PRIMARY] !== 0;
  }
  get slots(): Uint8Array {
    return this.bytes.subarray(At.SLOTS, At.SLOTS + SLOT_BYTES);
  }
  /** What its sender announces; "" = it is where it is seen. */
  ip(known = ""): string {
    return this.text(At.IP, IP_BYTES, known);
  }
  hostname(known = ""): string {
    return this.#extension(this.#hostname, known) ?? "";
  }
  humanName(known = ""): string {
    return this.#extension(this.#humanName, known) ?? "";
  }
  get hasShardId(): boolean {
    return this.#shardId !== null;
  }
  shardId(known = ""): string | null {
    return this.#extension(this.#shardId, known);
  }

  /** Of FAIL and UPDATE: whom it is about. */
  get about(): string {
    return this.text(HEADER_BYTES + (this.type === MessageType.UPDATE ? 8 : 0), NAME_BYTES);
  }
  get aboutEpoch(): number {
    return this.u64(HEADER_BYTES);
  }
  get aboutSlots(): Uint8Array {
    const at = HEADER_BYTES + 8 + NAME_BYTES;
    return this.bytes.subarray(at, at + SLOT_BYTES);
  }
  /** Of PUBLISH and PUBLISHSHARD. */
  get channel(): Uint8Array {
    const at = HEADER_BYTES + 8;
    return this.bytes.subarray(at, at + this.view.getUint32(HEADER_BYTES));
  }
  get published(): Uint8Array {
    const at = HEADER_BYTES + 8 + this.view.getUint32(HEADER_BYTES);
    return this.bytes.subarray(at, at + this.view.getUint32(HEADER_BYTES + 4));
  }

  u64(at: number): number {
    return this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
  }
  /** Text up to a zero byte: what is known of it already, where that is it. */
  text(at: number, room: number, known = ""): string {
    const { bytes } = this;
    if (known !== "" && this.#spells(at, room, known)) return known;
    let text = "";
    for (const end = at + room; at < end && bytes[at] !== 0; at++) {
      text += String.fromCharCode(bytes[at]);
    }
    return text;
  }
  #spells(at: number, room: number, text: string): boolean {
    const { bytes } = this;
    const { length } = text;
    if (length > room) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return length === room || bytes[at + length] === 0;
  }
  #extension(place: Place | null, known: string): string | null {
    return place === null ? null : this.text(place.at, place.room, known);
  }

  /** Whether what it says of its length, in its body, can be. Finds the extensions. */
  isWhole(): boolean {
    const { view, bytes } = this;
    const room = bytes.length - HEADER_BYTES;
    if (this.isPing) {
      if (room < this.gossipCount * GOSSIP_BYTES) return false;
      return (this.messageFlags & MessageFlag.EXTENSIONS) === 0 || this.#findExtensions();
    }
    switch (this.type) {
      case MessageType.FAIL:
        return room >= NAME_BYTES;
      case MessageType.UPDATE:
        return room >= 8 + NAME_BYTES + SLOT_BYTES;
      case MessageType.PUBLISH:
      case MessageType.PUBLISHSHARD:
        return room >= 8 &&
          room >= 8 + view.getUint32(HEADER_BYTES) + view.getUint32(HEADER_BYTES + 4);
      case MessageType.AUTH_REQUEST:
      case MessageType.AUTH_ACK:
      case MessageType.MFSTART:
        return true;
      default:
        return false;
    }
  }

  #findExtensions(): boolean {
    const { bytes, view } = this;
    let at = HEADER_BYTES + this.gossipCount * GOSSIP_BYTES;
    for (let left = view.getUint16(2214); left > 0; left--) {
      if (at + 8 > bytes.length) return false;
      const length = view.getUint32(at);
      if (length < 8 || length % 8 !== 0 || at + length > bytes.length) return false;
      const place = { at: at + 8, room: length - 8 };
      switch (view.getUint16(at + 4)) {
        case Extension.HOSTNAME:
          this.#hostname = place;
          break;
        case Extension.HUMAN_NAME:
          this.#humanName = place;
          break;
        case Extension.FORGOTTEN:
          if (place.room < NAME_BYTES + 8) return false;
          this.forgotten = [...this.forgotten, {
            name: this.text(place.at, NAME_BYTES),
            ttlS: this.u64(place.at + NAME_BYTES),
          }];
          break;
        case Extension.SHARD_ID:
          if (place.room < NAME_BYTES) return false;
          this.#shardId = { at: place.at, room: NAME_BYTES };
      }
      at += length;
    }
    return true;
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
  if (bytes.length < HEADER_BYTES || bytes[8] !== 0 || bytes[9] !== 1) return null;
  const message = new Message(bytes);
  return message.isWhole() ? message : null;
}

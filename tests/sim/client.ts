/** A client in a simulated world. */

import { Decoder, encodeCommand, type ReplyValue } from "../../server/resp/decoder.ts";
import type { End, SimNetwork } from "./network.ts";

export class SimClient {
  /** Replies so far. */
  readonly replies: ReplyValue[] = [];
  /** Commands sent so far. */
  sent = 0;
  /** It is not connected, and will not be again. */
  isOver = false;
  onReply: (value: ReplyValue) => void = () => {};
  #end: End | null = null;
  #unsent: Uint8Array[] = [];
  readonly #decoder = new Decoder();

  constructor(readonly net: SimNetwork, readonly name: string, address: string) {
    net.dial(name, address, (end) => {
      // It was closed meanwhile.
      if (this.isOver) return end.close();
      this.#end = end;
      end.listener = {
        received: (bytes) => this.#received(bytes),
        ended: () => this.isOver = true,
        drained: () => {},
        lost: () => this.isOver = true,
      };
      for (const bytes of this.#unsent.splice(0)) end.send(bytes);
    }, () => this.isOver = true);
  }

  send(...args: (string | number)[]): void {
    this.sent++;
    const bytes = encodeCommand(args);
    if (this.#end === null) this.#unsent.push(bytes);
    else if (this.#end.isOpen) this.#end.send(bytes);
  }

  #received(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next()) {
      this.replies.push(next.value);
      this.onReply(next.value);
    }
  }

  close(): void {
    this.isOver = true;
    this.#end?.close();
  }
}

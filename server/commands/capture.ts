/** A client whose replies nobody reads but its owner: what runs in its name replies to memory. */

import type { User } from "../acl/users.ts";
import type { Connection } from "../net/connection.ts";
import { nobody } from "../net/nobody.ts";
import type { Output } from "../net/output.ts";
import { Decoder, type ReplyValue } from "../resp/decoder.ts";

/** A connection of nobody's whose replies can be read as values. */
export class Capture {
  readonly connection: Connection;
  readonly #decoder = new Decoder();

  constructor(readonly output: Output, user: User, resp: 2 | 3 = 3) {
    this.connection = nobody(user);
    this.connection.resp = resp;
  }

  /** What has been replied since the last call. @param buffers bulk strings as bytes, not as text */
  take(buffers = false): ReplyValue[] {
    const { output, connection } = this;
    this.#decoder.buffers = buffers;
    while (connection.hasOutput) {
      let total = 0;
      output.pieces(connection, (ptr, len) => {
        this.#decoder.push(output.core.bytes(ptr, len));
        total += len;
      });
      output.sent(connection, total);
    }
    const values: ReplyValue[] = [];
    for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next()) {
      values.push(next.value);
    }
    return values;
  }

  /** Gives up what has not been taken. */
  drop(): void {
    this.output.drop(this.connection);
  }
}

/** HTTP: what its clients share. */

import { Tokens } from "../acl/tokens.ts";
import type { HttpHost } from "./host.ts";
import { JsonWriter } from "./json.ts";
import { SyncTokens } from "./sync.ts";

export class Http {
  readonly tokens: Tokens;
  readonly sync: SyncTokens;
  /** Answers are written here, one at a time. */
  readonly writer = new JsonWriter();

  constructor(readonly host: HttpHost) {
    this.tokens = new Tokens(host);
    this.sync = new SyncTokens(host);
  }

  close(): void {
    this.sync.close();
  }
}

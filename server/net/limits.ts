/** What a client may not do: send too much of one request, let replies pile up, be idle too long. */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../stats/log.ts";
import type { Stats } from "../stats/stats.ts";
import { FREE_BYTES, type Output } from "./output.ts";
import type { Connection } from "./connection.ts";

/** What the limits of clients needs of the server. */
export interface LimitsNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly log: Log;
  readonly stats: Stats;
  readonly output: Output;
  readonly clientMemory: { note(connection: Connection): void };
  readonly nowMs: number;
  readonly nowSeconds: number;
  lost(connection: Connection, reason: string): void;
}

export class Limits {
  /** @param describe a client as CLIENT LIST does */
  constructor(readonly server: LimitsNeeds, readonly describe: (connection: Connection) => string) {
    const { config, output } = server;
    const follow = () => {
      const { normal, pubsub, replica } = config.values["client-output-buffer-limit"];
      // A replica that may be behind by the backlog is not closed for less.
      output.hardLimits.replica = replica.hardBytes &&
        Math.max(replica.hardBytes, config.values["repl-backlog-size"]);
      output.hardLimits.normal = normal.hardBytes;
      output.hardLimits.pubsub = pubsub.hardBytes;
    };
    config.onChange("client-output-buffer-limit", follow);
    config.onChange("repl-backlog-size", follow);
    follow();
  }

  /** Closes a client whose request is too long. */
  checkInput(connection: Connection): void {
    const { server } = this;
    const bytes = server.core.x.partialBytes(connection.partial);
    if (bytes <= server.config.values["client-query-buffer-limit"]) return;
    server.log.warning(
      `Closing client that reached max query buffer length: ${connection.peer}, ${bytes} bytes`,
    );
    server.stats.queryBufferLimitDisconnections++;
    server.lost(connection, "");
  }

  /** Closes a client that lets too much output pile up. */
  checkOutput(connection: Connection): void {
    const { nowMs, config, output } = this.server;
    if (connection.reader !== null) return;
    const limits = config.values["client-output-buffer-limit"];
    const limit = connection.replica !== null
      ? limits.replica
      : connection.subscribed
      ? limits.pubsub
      : limits.normal;
    const hardBytes = output.hardLimitOf(connection);
    const bytes = output.limitedBytes(connection) - FREE_BYTES;
    const isOver = connection.overLimit || (hardBytes !== 0 && bytes >= hardBytes);
    if (isOver) return this.#overLimit(connection);
    if (limit.softBytes === 0 || bytes < limit.softBytes) connection.softLimitSinceMs = 0;
    else if (connection.softLimitSinceMs === 0) connection.softLimitSinceMs = nowMs;
    else if (nowMs - connection.softLimitSinceMs > limit.softSeconds * 1000) {
      this.#overLimit(connection);
    }
  }

  #overLimit(connection: Connection): void {
    const { server } = this;
    if (connection.closed) return;
    connection.overLimit = true;
    server.stats.outputBufferLimitDisconnections++;
    server.log.warning(
      `Client ${this.describe(connection)} scheduled to be closed ASAP for overcoming of output ` +
        "buffer limits.",
    );
    server.output.drop(connection);
    server.lost(connection, "");
  }

  /** Closes a client that has been idle too long or lets output pile up. @param timeoutSeconds 0 = never */
  check(connection: Connection, timeoutSeconds: number): void {
    connection.link.look?.(this.server.nowSeconds);
    if (connection.head !== 0 || connection.replica !== null) this.checkOutput(connection);
    this.server.clientMemory.note(connection);
    if (timeoutSeconds === 0 || connection.link.kind === "loopback") return;
    // Whoever waits for the server is not idle; whoever does not fetch its last replies is.
    if (connection.halted && !connection.closeAfterReply) return;
    if (connection.subscribed || connection.replica !== null || connection.reader !== null) return;
    if (this.server.nowSeconds - connection.activeSeconds > timeoutSeconds) {
      this.server.lost(connection, "idle for too long");
    }
  }
}

/** MULTI, EXEC and DISCARD. */

import { Gate } from "../../net/connection.ts";
import { Transaction } from "../../transactions/transaction.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

export const multi = command({
  name: "MULTI",
  summary: "Begins a transaction: commands are queued until EXEC.",
  since: "1.2.0",
  group: "transactions",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(c) {
    const { connection } = c;
    if (connection.transaction !== null) return c.reply.error("ERR MULTI calls can not be nested");
    connection.transaction = new Transaction(c.core);
    connection.gate |= Gate.MULTI;
    c.reply.ok();
  },
});

/** Runs the queued commands, one after the other; an error in one does not keep the next from running. */
function runQueued(c: Context, transaction: Transaction): void {
  const { server, connection } = c;
  const startUs = server.commandStartUs;
  c.reply.array(transaction.ids.length);
  transaction.running = true;
  try {
    transaction.ids.forEach((commandId, i) => {
      const saved = transaction.saved[i];
      server.execution.run({ connection, commandId, db: connection.db, saved, ownUnit: false });
    });
  } finally {
    // EXEC took as long as all of them.
    server.commandStartUs = startUs;
  }
}

export const exec = command({
  name: "EXEC",
  summary: "Runs the commands queued since MULTI.",
  since: "1.2.0",
  group: "transactions",
  complexity: "Depends on the commands of the transaction",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  run(c) {
    const { connection, server } = c;
    const { transaction } = connection;
    if (transaction === null) return c.reply.error("ERR EXEC without MULTI");
    const changed = server.watches.changed(connection);
    server.watches.unwatch(connection);
    if (transaction.failed) {
      c.reply.error("EXECABORT Transaction discarded because of previous errors.");
    } else if (changed) c.reply.nullArray();
    else runQueued(c, transaction);
    server.endTransaction(connection);
  },
});

export const discard = command({
  name: "DISCARD",
  summary: "Drops the commands queued since MULTI.",
  since: "2.0.0",
  group: "transactions",
  complexity: "O(N) where N is the number of queued commands",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(c) {
    const { connection, server } = c;
    if (connection.transaction === null) return c.reply.error("ERR DISCARD without MULTI");
    server.endTransaction(connection);
    server.watches.unwatch(connection);
    c.reply.ok();
  },
});

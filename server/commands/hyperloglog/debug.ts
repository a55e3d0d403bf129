/** PFDEBUG and PFSELFTEST. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { keyArgument, wrong } from "./shared.ts";

/**
 * GETREG and TODENSE: what they do makes the key dense, which is a change of the data set that nobody who
 * watches the key is told of.
 *
 * @returns what the core says
 */
function dense(c: Context, act: () => number): number {
  const status = act();
  if (!wrong(c, status) && status === 1) c.server.dirty++;
  return status;
}

const subcommands: Record<string, (c: Context) => void> = {
  getreg(c) {
    dense(c, () => c.x.hllReplyRegisters(c.db, 2));
  },
  decode(c) {
    const status = c.x.hllReplyRuns(c.db, 2);
    if (wrong(c, status) || status === c.core.at.HLL_SPARSE) return;
    c.reply.error("ERR HLL encoding is not sparse");
  },
  encoding(c) {
    const status = c.x.hllInspect(c.db, 2);
    c.reply.simple(status === c.core.at.HLL_SPARSE ? "sparse" : "dense");
  },
  todense(c) {
    const status = dense(c, () => c.x.hllMakeDense(c.db, 2));
    if (status >= 0) c.reply.number(status);
  },
};

export const pfdebug = command({
  name: "PFDEBUG",
  summary: "Looks into a HyperLogLog, for tests.",
  since: "2.8.9",
  group: "hyperloglog",
  complexity: "N/A",
  syscmd: true,
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  keys: [keysAt(2, 2, 1, "RW", "access")],
  arguments: [{ name: "subcommand", type: "string" }, keyArgument],
  run(c) {
    const status = c.x.hllInspect(c.db, 2);
    if (status === c.core.at.MISSING) return c.reply.error("ERR The specified key does not exist");
    if (wrong(c, status)) return;
    const name = c.option(1);
    if (Object.hasOwn(subcommands, name)) return subcommands[name](c);
    c.reply.error(`ERR Unknown PFDEBUG subcommand '${c.shown(1)}'`);
  },
});

export const pfselftest = command({
  name: "PFSELFTEST",
  summary: "Tests that HyperLogLogs work.",
  since: "2.8.9",
  group: "hyperloglog",
  complexity: "N/A",
  syscmd: true,
  arity: 1,
  flags: ["admin"],
  run(c) {
    const { SELFTEST_ESTIMATE, SELFTEST_REGISTERS } = c.core.at;
    const status = c.x.hllSelfTest();
    if (c.failed(status)) return;
    if (status === 0) return c.reply.ok();
    if (status === SELFTEST_REGISTERS) return c.reply.error("TESTFAILED a register was lost");
    c.reply.error(
      status === SELFTEST_ESTIMATE
        ? "TESTFAILED an estimate is too far off"
        : "TESTFAILED the sparse and the dense estimate differ",
    );
  },
});

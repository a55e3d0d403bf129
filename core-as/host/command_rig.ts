/** For tests: calls of the core as commands make them, with arguments in and a reply out. */

import type { Core, CoreFunctions } from "./core.ts";
import { loadCore } from "./sources.ts";

/** What one call did. */
export interface Outcome {
  /** What it returned. */
  status: number;
  /** What it wrote as the reply, one character a byte. */
  reply: string;
}

export class CommandRig {
  constructor(readonly core: Core) {}

  /** A rig over a core of its own. */
  static async load(limitBytes?: number): Promise<CommandRig> {
    const seed = crypto.getRandomValues(new Uint8Array(24));
    const core = await loadCore({ seed, databases: 4, limitBytes });
    core.u32[core.at.IN_MAX_BULK] = 2 ** 29;
    return new CommandRig(core);
  }

  /** Makes a call on words of one character a byte; argument 0 is the command's name. */
  run(words: readonly string[], call: (x: CoreFunctions) => number | boolean | void): Outcome {
    const { core } = this;
    const { at, u32, x } = core;
    const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`);
    x.inputFresh(core.writeBinary(at.INPUT, `*${words.length}\r\n${bulks.join("")}`));
    x.nextCommand();
    x.arenaReset();
    x.outToArena();
    const status = Number(call(x) ?? 0);
    x.outSettle();
    return { status, reply: core.binary(at.ARENA, u32[at.ARENA_POS] - at.ARENA) };
  }

  /** Takes all memory that is left. @returns what gives it back */
  exhaust(): () => void {
    const { x } = this.core;
    const taken: number[] = [];
    for (let bytes = 2 ** 24; bytes >= 8; bytes /= 2) {
      for (let block = x.allocate(bytes); block !== 0; block = x.allocate(bytes)) taken.push(block);
    }
    // Size classes between the powers of two have slabs of their own.
    for (let bytes = 4; bytes <= 8192; bytes += 4) {
      for (let block = x.allocate(bytes); block !== 0; block = x.allocate(bytes)) taken.push(block);
    }
    return () => taken.forEach((block) => x.free(block));
  }
}

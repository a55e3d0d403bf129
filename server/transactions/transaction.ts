/** Commands queued between MULTI and EXEC. Their arguments lie in the core, a block each (saved.ts). */

import type { Core } from "../../core-as/host/core.ts";
import type { Command } from "../commands/define.ts";

export class Transaction {
  readonly commands: Command[] = [];
  readonly saved: number[] = [];
  /** Flags of all queued commands together. */
  bits = 0;
  /** A command could not be queued: EXEC will refuse. */
  failed = false;
  /** EXEC is under way. */
  running = false;
  /** Memory of the queued commands. */
  bytes = 0;

  constructor(readonly core: Core) {}

  /** Queues the command under way. @returns false when memory is out */
  queue(command: Command): boolean {
    const saved = this.core.x.commandSave();
    if (saved === 0) return false;
    this.commands.push(command);
    this.saved.push(saved);
    this.bits |= command.bits;
    this.bytes += this.core.x.commandBytes(saved);
    return true;
  }

  /** Gives the memory back. */
  free(): void {
    for (const saved of this.saved) this.core.x.free(saved);
    this.saved.length = this.commands.length = this.bytes = 0;
  }
}

/** Commands queued between MULTI and EXEC. Their arguments lie in the core, a block each (saved.ts). */

import type { Core } from "../../core-as/host/core.ts";

export class Transaction {
  /** Registry ids of the queued commands. */
  readonly ids: number[] = [];
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

  /** Queues the command under way, of that registry id and these flags. @returns false when memory is out */
  queue(id: number, bits: number): boolean {
    const saved = this.core.x.commandSave();
    if (saved === 0) return false;
    this.ids.push(id);
    this.saved.push(saved);
    this.bits |= bits;
    this.bytes += this.core.x.commandBytes(saved);
    return true;
  }

  /** Gives the memory back. */
  free(): void {
    for (const saved of this.saved) this.core.x.free(saved);
    this.saved.length = this.ids.length = this.bytes = 0;
  }
}

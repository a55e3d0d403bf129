/** In whose name a command runs, and with what: what the execution envelope (commands/execution.ts) is given. */

import type { Connection } from "./connection.ts";

export interface Behalf {
  /** Whose database, user and protocol hold, and who gets the reply. */
  readonly connection: Connection;
  /** The command's id in the registry. */
  readonly commandId: number;
  readonly db: number;
  /** The arguments: the core's block of them (saved.ts). */
  readonly saved: number;
  /** Its effects are a unit of their own; otherwise they belong to the one under way. */
  readonly ownUnit: boolean;
}

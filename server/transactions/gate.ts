/** What cannot be kept for EXEC. */

import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { Gate } from "../net/connection.ts";

export const transactionGate: GateRow = {
  name: "transaction",
  connections: Gate.MULTI,
  commands: () => 0,
  refuse: ({ connection, bits }) => {
    if (connection.transaction === null || (bits & flagBits.no_multi) === 0) return null;
    return "ERR Command not allowed inside a transaction";
  },
};

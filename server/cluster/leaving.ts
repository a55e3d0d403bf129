/** Slots that go elsewhere: who waits for their keys, or listens to their channels, is told to go, too. */

import type { Core } from "../../core-as/host/core.ts";
import { flagBits } from "../commands/facts.ts";
import type { Connection } from "../net/connection.ts";
import type { Routing } from "./routing.ts";

/** What this needs of the server. */
export interface LeavingNeeds {
  readonly core: Core;
  readonly routing: Routing;
  readonly pubsub: { leaveShard(isLost: (ptr: number, len: number) => boolean): void };
  readonly blocked: {
    readonly count: number;
    endWhere(reason: (connection: Connection, key: string, bits: number) => string | null): void;
  };
  readonly stats: { readonly slots: { ownersChanged(): void } | null };
  defer(serve: () => void): void;
}

/** Has them told from now on, in the turn that follows a change. */
export function followRoutes(server: LeavingNeeds): void {
  const { core, routing, pubsub, blocked, stats } = server;
  let due = false;
  const tell = () => {
    due = false;
    stats.slots?.ownersChanged();
    pubsub.leaveShard((ptr, len) => routing.hasLost(core.x.slotOfBytes(ptr, len)));
    if (blocked.count === 0) return;
    blocked.endWhere((connection, key, bits) => {
      const slot = core.withArguments([key], () => core.x.argumentsSlot(0, 0, 1));
      if (slot === null) return null;
      return routing.whyNotWait(connection, slot, (bits & flagBits.readonly) !== 0);
    });
  };
  routing.onChange = () => {
    if (due) return;
    due = true;
    server.defer(tell);
  };
}

/** All gates of a server: each row is its room's, {@link Gates} puts them in order. */

import { authenticationGate, permissionGate, type PermissionNeeds } from "../acl/gates.ts";
import type { Asking } from "../acl/access.ts";
import { type AppendOnlyFile, appendOnlyGate } from "../propagation/append_only_file.ts";
import { replicationGates, type ReplicationGatesNeeds } from "../propagation/replication.ts";
import { subscriberGate } from "../pubsub/pubsub.ts";
import { monitorGate } from "../stats/monitors.ts";
import { transactionGate } from "../transactions/gate.ts";
import type { GateRow } from "./gates.ts";

interface Gated {
  readonly gate: GateRow;
}

/** What may refuse a command, or hold it. */
export interface GateOwners<Context extends Asking>
  extends PermissionNeeds<Context>, ReplicationGatesNeeds {
  readonly appendOnlyFile: AppendOnlyFile | null;
  readonly eviction: Gated;
  readonly snapshots: Gated & { readonly large: Gated };
  readonly loading: Gated;
  readonly scripting: Gated;
  readonly pause: Gated;
  readonly moving: Gated;
  readonly routing: Gated;
}

export function gatesOf<Context extends Asking>(server: GateOwners<Context>): GateRow[] {
  return [
    authenticationGate,
    permissionGate(server),
    transactionGate,
    server.routing.gate,
    subscriberGate,
    monitorGate,
    server.eviction.gate,
    appendOnlyGate(server),
    server.snapshots.gate,
    server.loading.gate,
    server.scripting.gate,
    server.pause.gate,
    server.moving.gate,
    server.snapshots.large.gate,
    ...replicationGates(server),
  ];
}

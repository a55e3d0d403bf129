/**
 * The cluster as those see it who route commands: who serves which slot. `cluster/bus` implements it; a server
 * without a cluster has none.
 */

export const SLOT_COUNT = 16384;

/** A node of the cluster. */
export interface ClusterNode {
  /** 40 hex digits. */
  readonly id: string;
  readonly isSelf: boolean;
  /** Whose replica it is; null of a primary. */
  readonly primary: ClusterNode | null;
}

/** Why slots are not served at all. */
export type ClusterDown =
  /** This node sees too few of the primaries. */
  | "minority"
  /** A slot has no owner, or its owner has failed. */
  | "uncovered";

export interface ClusterView {
  readonly self: ClusterNode;
  /** Null while the cluster serves. */
  readonly down: ClusterDown | null;
  /** Who serves a slot; null = nobody. */
  ownerOf(slot: number): ClusterNode | null;
  /** Where a slot of this node's is on its way to; null = it is not. */
  migratingTo(slot: number): ClusterNode | null;
  /** Where a slot is on its way to this node from; null = it is not. */
  importingFrom(slot: number): ClusterNode | null;
  /** What a client is told of where a node is, `host:port`. @param tls whether it speaks TLS */
  endpoint(node: ClusterNode, tls: boolean): string;
  /** Called when {@link down}, an owner or a migration has changed. */
  onChange: (() => void) | null;
  /** Memory of what waits in the links between nodes. */
  readonly linkBytes: number;
  /** Tells other nodes of a message; `shard`: only those of this node's shard need it. */
  publish(channel: Uint8Array, message: Uint8Array, shard: boolean): void;
}

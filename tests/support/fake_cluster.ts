/** A cluster of Etna within a test, whose other nodes are only said to be there. */

import { startServer } from "../../server/main.ts";
import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import type { Server } from "../../server/server.ts";
import { testEnvironment } from "./environment.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { freePort } from "./ports.ts";
import type { ClusterDown, ClusterNode, ClusterView } from "../../server/cluster/cluster.ts";

export class FakeCluster implements ClusterView {
  readonly self: ClusterNode;
  readonly other: ClusterNode = { id: "b".repeat(40), isSelf: false, primary: null };
  /** Whose replica this node is, if it is one. */
  readonly primary: ClusterNode = { id: "c".repeat(40), isSelf: false, primary: null };
  down: ClusterDown | null = null;
  onChange: (() => void) | null = null;
  readonly linkBytes = 0;
  readonly owners: (ClusterNode | null)[] = [];
  readonly migrating = new Map<number, ClusterNode>();
  readonly importing = new Map<number, ClusterNode>();
  readonly published: string[] = [];

  /** Slots up to 8191 are this node's, or its primary's; the others are another's. */
  constructor(readonly otherAt: string, readonly primaryAt?: string) {
    const primary = primaryAt === undefined ? null : this.primary;
    this.self = { id: "a".repeat(40), isSelf: true, primary };
    for (let slot = 0; slot < 16384; slot++) {
      this.owners.push(slot < 8192 ? primary ?? this.self : this.other);
    }
  }

  ownerOf(slot: number): ClusterNode | null {
    return this.owners[slot];
  }
  migratingTo(slot: number): ClusterNode | null {
    return this.migrating.get(slot) ?? null;
  }
  importingFrom(slot: number): ClusterNode | null {
    return this.importing.get(slot) ?? null;
  }
  endpoint(node: ClusterNode): string {
    return (node === this.primary ? this.primaryAt : this.otherAt) ?? "";
  }
  publish(channel: Uint8Array, message: Uint8Array, shard: boolean): void {
    const text = new TextDecoder();
    this.published.push(`${shard ? "s" : ""}${text.decode(channel)} ${text.decode(message)}`);
  }
}

export interface FakeNode extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly server: Server;
}

/** Starts Etna as a node of such a cluster. */
export async function startNode(
  cluster: FakeCluster,
  options: Record<string, string> = {},
): Promise<FakeNode> {
  const config = new Config(Deno.cwd());
  const wanted = {
    "enable-debug-command": "yes",
    "cluster-enabled": "yes",
    "cluster-port": `${freePort()}`,
    ...options,
  };
  for (const [name, value] of Object.entries(wanted)) {
    const wrong = config.configure(name as OptionName, [value]);
    if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
  }
  const running = await startServer(
    { config, embedded: true, anyPort: true },
    testEnvironment({ disk: new MemoryDisk() }),
  );
  // Its own node has nothing to say.
  running.server.cluster = cluster;
  return {
    host: "127.0.0.1",
    port: running.port,
    server: running.server,
    [Symbol.asyncDispose]: () => running.close(),
  };
}

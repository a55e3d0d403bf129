/** Replicas over TLS, among Etnas and real Redis, with certificates on both sides. */

import { assertEquals } from "@std/assert";
import { type Kind, load, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { freePort } from "../support/ports.ts";
import { seedFromEnv } from "../support/random.ts";
import { makeCertificates } from "./certificates.ts";

const seed = seedFromEnv("ETNA_SEED");
const certificates = makeCertificates();
globalThis.addEventListener("unload", () => certificates?.[Symbol.dispose]());
const ignore = findOracle() === undefined || certificates === null;

interface Secure {
  readonly node: Node;
  readonly tlsPort: number;
}

/** @param shown whose certificate it shows as a client */
async function start(kind: Kind, own: string, shown: string): Promise<Secure> {
  const tlsPort = freePort();
  const file = (name: string) => `${certificates!.dir}/${name}`;
  const node = await Node.start(
    kind,
    ...["--tls-port", `${tlsPort}`, "--tls-replication", "yes", "--tls-auth-clients", "yes"],
    ...["--tls-cert-file", file(`${own}.crt`), "--tls-key-file", file(`${own}.key`)],
    ...["--tls-client-cert-file", file(`${shown}.crt`)],
    ...["--tls-client-key-file", file(`${shown}.key`), "--tls-ca-cert-file", file("ca.crt")],
  );
  return { node, tlsPort };
}

for (
  const [first, second, own] of [
    ["redis", "etna", "server"],
    ["etna", "redis", "server"],
    ["etna", "etna", "server"],
    // Who a certificate comes from matters, not its name.
    ["redis", "etna", "elsewhere"],
  ] as const
) {
  Deno.test({
    name: `TLS: ${second} follows ${first}, which has the certificate of ${own}, seed ${seed}`,
    ignore,
    async fn() {
      const primary = await start(first, own, "client");
      const replica = await start(second, own, "client");
      await using one = primary.node;
      await using other = replica.node;
      await load(one, seed, 1000);
      assertEquals(await other.say("REPLICAOF", "127.0.0.1", `${primary.tlsPort}`), "OK");
      await load(one, seed + 1, 1000);
      await other.equals(one);
      assertEquals(await one.say("WAIT", "1", "5000"), "1");
      await until(async () => (await one.row("slave0")).includes(`port=${replica.tlsPort}`), "it");
      await one.say("CLIENT", "KILL", "TYPE", "replica");
      await load(one, seed + 2, 500);
      await other.equals(one);
      assertEquals(await one.row("sync_full", "stats"), "1");
      assertEquals(await one.say("FAILOVER"), "OK");
      await until(async () => await one.row("master_link_status") === "up", "the failover");
      await load(other, seed + 3, 500);
      await one.equals(other);
    },
  });
}

Deno.test({
  name: "TLS: a replica with a stranger's certificate is not served, and says so",
  ignore,
  async fn() {
    const primary = await start("etna", "server", "client");
    const replica = await start("etna", "server", "stranger");
    await using one = primary.node;
    await using other = replica.node;
    await other.say("REPLICAOF", "127.0.0.1", `${primary.tlsPort}`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assertEquals(await other.row("master_link_status"), "down");
    assertEquals(await one.row("connected_slaves"), "0");
    assertEquals(await other.say("PING"), "PONG");
  },
});

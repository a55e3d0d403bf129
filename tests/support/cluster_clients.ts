/** Clients of a cluster as applications have them. */

import { Cluster } from "ioredis";
import { createCluster } from "redis";
import type { Client } from "./writer.ts";

function ioredis(ports: number[]): Promise<Client> {
  const client = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })), {
    clusterRetryStrategy: () => 50,
    redisOptions: { connectTimeout: 500, commandTimeout: 1000 },
    slotsRefreshInterval: 500,
  });
  client.on("error", () => {});
  return Promise.resolve({
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    close: () => Promise.resolve(client.disconnect()),
  });
}

async function nodeRedis(ports: number[]): Promise<Client> {
  const client = createCluster({
    rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
  });
  client.on("error", () => {});
  await client.connect();
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    close: () => Promise.resolve(client.destroy()),
  };
}

export const clusterClients = [["ioredis", ioredis], ["node-redis", nodeRedis]] as const;

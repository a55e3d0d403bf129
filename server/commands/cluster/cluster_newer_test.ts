import { FakeCluster, startNode } from "../../../tests/support/fake_cluster.ts";
import { runReplies } from "../../../tests/support/replies_script.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";

Deno.test("cluster / CLUSTER SLOT-STATS: ranges, orders, errors", async () => {
  await using node = await startNode(new FakeCluster("127.0.0.1:1"));
  using client = await RespClient.connect(node);
  await runReplies(
    client,
    String.raw`
      MSET k 1 {k}x 2 {k}y 3 -> OK
      SET b 1 -> OK
      CLUSTER SLOT-STATS SLOTSRANGE 3300 3301 -> [[3300 ["key-count" 1]] [3301 ["key-count" 0]]]
      CLUSTER SLOT-STATS SLOTSRANGE 8191 8200 -> [[8191 ["key-count" 0]]]
      CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 3 -> [[7629 ["key-count" 3]] [3300 ["key-count" 1]] [0 ["key-count" 0]]]
      CLUSTER SLOT-STATS ORDERBY key-count LIMIT 2 ASC -> [[0 ["key-count" 0]] [1 ["key-count" 0]]]
      CLUSTER SLOT-STATS ORDERBY memory-bytes -> ERR Unrecognized sort metric for ORDERBY.
      CLUSTER SLOT-STATS ORDERBY key-count LIMIT 0 -> ERR Limit has to lie in between 1 and 16384 (maximum number of slots)
      CLUSTER SLOT-STATS SLOTSRANGE 2 1 -> ERR Start slot number 2 is greater than end slot number 1
      CLUSTER SLOT-STATS SLOTSRANGE 0 16384 -> ERR Invalid or out of range slot
      CLUSTER SLOT-STATS SLOTSRANGE 0 -> ERR syntax error
      CLUSTER SLOT-STATS EVERYTHING 0 -> ERR syntax error
      CONFIG SET cluster-slot-stats-enabled yes -> OK
      CLUSTER SLOT-STATS ORDERBY memory-bytes LIMIT 1 ASC -> [[0 ["key-count" 0 "cpu-usec" 0 "memory-bytes" 0 "network-bytes-in" 0 "network-bytes-out" 0]]]
      CLUSTER SLOT-STATS ORDERBY cpu -> ERR Unrecognized sort metric for ORDERBY.
    `,
  );
});

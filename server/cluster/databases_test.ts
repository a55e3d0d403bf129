/** Several databases in a cluster, as Valkey 9 documents them: a key's slot is the same in each. */

import { FakeCluster, startNode } from "../../tests/support/fake_cluster.ts";
import { runReplies } from "../../tests/support/replies_script.ts";
import { RespClient } from "../../tests/support/resp_client.ts";

const THREE = { "cluster-databases": "3" };
/** The slot of `b`. */
const SLOT = 3300;

Deno.test("cluster databases / commands that name one, and those that work on the one that is chosen", async () => {
  await using node = await startNode(new FakeCluster("127.0.0.1:1"), THREE);
  using client = await RespClient.connect(node);
  await runReplies(
    client,
    String.raw`
      SELECT 3 -> ERR DB index is out of range
      SELECT 1 -> OK
      SET b one -> OK
      SELECT 2 -> OK
      MSET b two {b}c 3 -> OK
      SELECT 0 -> OK
      GET b -> nil
      DBSIZE -> 0
      CLUSTER COUNTKEYSINSLOT 3300 -> 0
      CLUSTER GETKEYSINSLOT 3300 10 -> []
      RANDOMKEY -> nil
      SCAN 0 -> ["0" []]
      SELECT 2 -> OK
      CLUSTER COUNTKEYSINSLOT 3300 -> 2
      CLUSTER SLOT-STATS SLOTSRANGE 3300 3300 -> [[3300 ["key-count" 3]]]
      MOVE b 1 -> 0
      MOVE b 0 -> 1
      MOVE b 3 -> ERR DB index is out of range
      MOVE b 2 -> ERR source and destination objects are the same
      COPY {b}c b DB 1 -> 0
      COPY {b}c b DB 1 REPLACE -> 1
      COPY {b}c x DB 1 -> CROSSSLOT Keys in request don't hash to the same slot
      SWAPDB 0 1 -> ERR SWAPDB is not allowed in cluster mode
      CLUSTER COUNTKEYSINSLOT 3300 -> 1
      CLUSTER GETKEYSINSLOT 3300 10 -> ["{b}c"]
      SELECT 1 -> OK
      GET b -> "3"
      RPUSH {b}l 3 1 2 -> 3
      MSET {b}w1 3 {b}w2 2 {b}w3 1 -> OK
      SORT {b}l -> ["1" "2" "3"]
      SORT {b}l BY {b}w* -> ERR BY option of SORT denied in Cluster mode.
      SORT {b}l STORE {b}m -> 3
      RANDOMKEY x -> ERR wrong number of arguments for 'randomkey' command
      FLUSHDB -> OK
      DBSIZE -> 0
      SELECT 0 -> OK
      GET b -> "two"
      DBSIZE -> 1
      FLUSHALL -> OK
      SELECT 2 -> OK
      DBSIZE -> 0
      SET foo 1 -> MOVED 12182 127.0.0.1:1
    `,
  );
});

Deno.test("cluster databases / with one of them only the first can be named", async () => {
  await using node = await startNode(new FakeCluster("127.0.0.1:1"));
  using client = await RespClient.connect(node);
  await runReplies(
    client,
    String.raw`
      SELECT 0 -> OK
      SELECT 1 -> ERR SELECT is not allowed in cluster mode
      SET b 1 -> OK
      MOVE b 1 -> ERR MOVE is not allowed in cluster mode
      COPY b {b}c DB 1 -> ERR Copying to another database is not allowed in cluster mode
      COPY b {b}c DB 0 -> 1
    `,
  );
});

Deno.test("cluster databases / while a slot moves key by key nothing goes from one to another", async () => {
  const cluster = new FakeCluster("127.0.0.1:1");
  await using node = await startNode(cluster, THREE);
  using client = await RespClient.connect(node);
  const move = String.raw`
      MOVE b 1 -> TRYAGAIN Multiple keys request during rehashing of slot
      COPY b {b}c DB 1 -> TRYAGAIN Multiple keys request during rehashing of slot
    `;
  await runReplies(client, "SET b 1 -> OK");
  cluster.migrating.set(SLOT, cluster.other);
  cluster.onChange!();
  const queued = String.raw`
      FLUSHDB -> OK
      SET b 1 -> ASK ${SLOT} 127.0.0.1:1
      COPY b {b}c -> ASK ${SLOT} 127.0.0.1:1
      MULTI -> OK
      COPY b {b}c DB 1 -> TRYAGAIN Multiple keys request during rehashing of slot
      EXEC -> EXECABORT Transaction discarded because of previous errors.
    `;
  await runReplies(client, move);
  await runReplies(client, queued);
  cluster.migrating.clear();
  cluster.importing.set(SLOT, cluster.other);
  cluster.owners[SLOT] = cluster.other;
  cluster.onChange!();
  await runReplies(
    client,
    String.raw`
      MOVE b 1 -> MOVED ${SLOT} 127.0.0.1:1
      ASKING -> OK
      MOVE b 1 -> TRYAGAIN Multiple keys request during rehashing of slot
      ASKING -> OK
      SET b 1 -> OK
      ASKING -> OK
      COPY b {b}c -> TRYAGAIN Multiple keys request during rehashing of slot
    `,
  );
});

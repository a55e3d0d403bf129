/** The table of nodes as a file: what the real server has written is read, and what is wrong is refused. */

import { assertEquals, assertThrows } from "@std/assert";
import { busStateOf } from "../../tests/support/bus_states.ts";
import { rangesOf } from "./node.ts";
import { fileText, lineOf, NodesFileError, ownName, readFile } from "./nodes_file.ts";
import type { BusState } from "./state.ts";

function stateOf(text: string): BusState {
  let made = 0;
  const name = () => `${++made}`.padStart(40, "f");
  const state = busStateOf(ownName(text), name, 0, () => 0);
  readFile(state, text);
  return state;
}

const A = "43d7f29f4323937eab3bbdf6e97cea59da3864fe";
const B = "df5f7e80f0f80bcc91c48dd40a6effad1c234d66";
const C = "c493b18cf22f9fbf4dc072d5e9dc83e72e6c4b98";
/** As redis-server 7.0.15 writes it, and a line of 7.2. */
const FILE =
  `${A} 127.0.0.1:7101@17101,h1.example myself,master - 0 0 1 connected 0-99 101 [5->-${B}] [200-<-${B}]
${B} 127.0.0.1:7102@17102 master - 0 1795902697667 2 connected 200-300
${C} 127.0.0.1:7103@17103,,shard-id=${A} slave,fail ${A} 1795902697000 1795902698286 1 disconnected
vars currentEpoch 7 lastVoteEpoch 3
`;

Deno.test("nodes.conf: what the real server has written is read, and written again", () => {
  const state = stateOf(FILE);
  const { self } = state;
  assertEquals([self.id, self.ip, self.slotCount, self.configEpoch], [A, "127.0.0.1", 101, 1]);
  assertEquals([state.currentEpoch, state.lastVoteEpoch], [7, 3]);
  assertEquals(state.migrating.get(5)?.id, B);
  assertEquals(state.importing.get(200)?.id, B);
  const replica = state.find(C)!;
  assertEquals([replica.isMaster, replica.primary, replica.isFailing], [false, self, true]);
  const again = stateOf(fileText(state, 0));
  assertEquals(again.self.slotCount, 101);
  // A replica is of its primary's shard, which has a name from now on.
  assertEquals(again.find(C)!.shardId, self.shardId);
  assertEquals(again.owners.map((owner) => owner?.id), state.owners.map((owner) => owner?.id));
});

Deno.test("nodes.conf: slots that their owner does not claim any more are nobody's after a start", () => {
  const state = stateOf(FILE);
  for (const slot of [205, 206, 300]) state.unclaimed.add(slot);
  const ranges = rangesOf(stateOf(fileText(state, 0)).find(B)!.slots);
  assertEquals(ranges, [[200, 204], [207, 299]]);
  assertEquals(state.find(B)!.slotCount, 101);
});

Deno.test("nodes.conf: a node that was met is neither a primary nor a replica yet", () => {
  const state = stateOf(FILE);
  const met = state.addStranger("127.0.0.1", 7104)!;
  met.busPort = 17104;
  assertEquals(
    lineOf(state, met, 0),
    `${met.id} 127.0.0.1:7104@17104 handshake - 0 0 0 disconnected`,
  );
});

Deno.test("nodes.conf: what is cut off or rotten is refused", () => {
  const lines = FILE.split("\n");
  const wrong = [
    lines.slice(0, 3).join("\n"),
    lines.slice(1).join("\n"),
    "garbage\n",
    FILE.slice(0, 200),
    FILE.replace("200-300", "200-16384"),
    FILE.replace("200-300", "300-200"),
    FILE.replace(`slave,fail ${A}`, "slave,fail nobody"),
    FILE.replace("127.0.0.1:7102@17102", "nowhere"),
    FILE.replace("currentEpoch 7", "currentEpoch x"),
    FILE.replace("slave,fail", "slave,fails"),
    FILE.replace("master - 0 17", "myself,master - 0 17"),
    FILE.replace("200-300", "-300"),
    "\n",
    // Each without one of its words but for slots: what follows stands for another then.
    ...lines.slice(0, 4).flatMap((line, at) =>
      line.split(" ").slice(0, 8).map((_, word) =>
        lines.with(at, line.split(" ").toSpliced(word, 1).join(" ")).join("\n")
      )
    ),
  ];
  for (const text of wrong) assertThrows(() => stateOf(text), NodesFileError, undefined, text);
});

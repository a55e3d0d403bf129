/** CLUSTER and its subcommands, which all answer that there is no cluster. */

import { command, type CommandSpec, type Flag } from "../define.ts";
import { noCluster } from "./disabled.ts";
import { countKeysInSlot, getKeysInSlot, keySlot } from "./slots.ts";
import { slotStats } from "./slot_stats.ts";

const READS: readonly Flag[] = ["stale"];
const ADMIN_READS: readonly Flag[] = ["admin", "stale"];
const CHANGES: readonly Flag[] = ["admin", "stale", "no_async_loading"];
const VARIES = ["nondeterministic_output"];

/** A subcommand: its arity, flags, since when there is it, what it is for. */
function sub(
  name: string,
  arity: number,
  flags: readonly Flag[],
  summary: string,
  { since = "3.0.0", tips }: Pick<Partial<CommandSpec>, "since" | "tips"> = {},
): CommandSpec {
  return {
    name,
    arity,
    flags,
    summary,
    since,
    group: "cluster",
    complexity: "O(1)",
    run: noCluster,
    ...tips === undefined ? {} : { tips },
  };
}

export const cluster = command({
  name: "CLUSTER",
  summary: "Tells of the cluster that the server is in, and changes it.",
  since: "3.0.0",
  group: "cluster",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [
    sub("ADDSLOTS", -3, CHANGES, "Makes the node responsible for slots."),
    sub("ADDSLOTSRANGE", -4, CHANGES, "Makes the node responsible for ranges of slots.", {
      since: "7.0.0",
    }),
    sub("BUMPEPOCH", 2, CHANGES, "Gives the node's slots a newer epoch.", { tips: VARIES }),
    sub("CANCELSLOTMIGRATIONS", 2, CHANGES, "Gives up migrations of slots from this node.", {
      since: "9.0.0",
    }),
    sub("COUNT-FAILURE-REPORTS", 3, ADMIN_READS, "Counts the nodes that think that one failed.", {
      tips: VARIES,
    }),
    {
      ...sub("COUNTKEYSINSLOT", 3, READS, "Counts the keys of a slot."),
      run: countKeysInSlot,
    },
    sub("DELSLOTS", -3, CHANGES, "Makes nobody responsible for slots."),
    sub("DELSLOTSRANGE", -4, CHANGES, "Makes nobody responsible for ranges of slots.", {
      since: "7.0.0",
    }),
    sub("FAILOVER", -2, CHANGES, "Makes a replica take its primary's place."),
    sub("FLUSHSLOTS", 2, CHANGES, "Makes the node responsible for no slot."),
    sub("FORGET", 3, CHANGES, "Takes a node out of the node's table."),
    {
      ...sub("GETKEYSINSLOT", 4, READS, "Returns keys of a slot.", { tips: VARIES }),
      run: getKeysInSlot,
    },
    sub("GETSLOTMIGRATIONS", 2, ADMIN_READS, "Returns the migrations of slots.", {
      since: "9.0.0",
      tips: VARIES,
    }),
    sub("HELP", 2, ["loading", "stale"], "Lists the subcommands.", { since: "5.0.0" }),
    sub("INFO", 2, READS, "Returns the state of the cluster.", { tips: VARIES }),
    { ...sub("KEYSLOT", 3, READS, "Returns the slot of a key."), run: keySlot },
    sub("LINKS", 2, READS, "Returns the links to the other nodes.", {
      since: "7.0.0",
      tips: VARIES,
    }),
    sub("MEET", -4, CHANGES, "Introduces another node."),
    sub("MIGRATESLOTS", -7, CHANGES, "Begins to migrate slots from this node.", { since: "9.0.0" }),
    sub("MIGRATION", -4, CHANGES, "Begins, shows and gives up migrations of slots to this node.", {
      since: "8.4.0",
      tips: VARIES,
    }),
    sub("MYID", 2, READS, "Returns the node's name."),
    sub("MYSHARDID", 2, READS, "Returns the name of the node's shard.", {
      since: "7.2.0",
      tips: VARIES,
    }),
    sub("NODES", 2, READS, "Returns what the node knows of all nodes.", { tips: VARIES }),
    sub("REPLICAS", 3, ADMIN_READS, "Returns the replicas of a primary.", {
      since: "5.0.0",
      tips: VARIES,
    }),
    sub("REPLICATE", 3, CHANGES, "Makes the node the replica of a primary."),
    sub("RESET", -2, ["admin", "noscript", "stale"], "Makes the node forget its cluster."),
    sub("SAVECONFIG", 2, CHANGES, "Writes the node's table to disk."),
    sub("SET-CONFIG-EPOCH", 3, CHANGES, "Sets the epoch of a new node."),
    sub("SETSLOT", -4, CHANGES, "Binds a slot to a node, or begins to move it."),
    sub("SHARDS", 2, READS, "Returns the shards with their slots and nodes.", {
      since: "7.0.0",
      tips: VARIES,
    }),
    {
      ...sub("SLAVES", 3, ADMIN_READS, "Returns the replicas of a primary.", { tips: VARIES }),
      deprecated: { since: "5.0.0", replacedBy: "`CLUSTER REPLICAS`" },
    },
    {
      ...sub("SLOT-STATS", -4, READS, "Returns how much there is in slots.", {
        since: "8.2.0",
        tips: VARIES,
      }),
      run: slotStats,
    },
    sub("SYNCSLOTS", -3, CHANGES, "What nodes say to each other when slots migrate.", {
      since: "9.0.0",
    }),
    {
      ...sub("SLOTS", 2, READS, "Returns which node has which slots.", { tips: VARIES }),
      deprecated: { since: "7.0.0", replacedBy: "`CLUSTER SHARDS`" },
    },
  ],
});

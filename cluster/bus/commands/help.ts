/** CLUSTER HELP. */

import type { HelpEntry } from "../../../server/commands/help.ts";

export const help: readonly HelpEntry[] = [
  ["ADDSLOTS <slot> [<slot> ...]", "Makes this node serve slots that nobody serves."],
  [
    "ADDSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "The same for stretches of slots.",
  ],
  ["BUMPEPOCH", "Gives this node a configuration epoch that nobody has."],
  ["CANCELSLOTMIGRATIONS", "Gives up the migrations of slots from this node."],
  ["COUNT-FAILURE-REPORTS <node-id>", "Returns how many nodes say that one fails."],
  ["COUNTKEYSINSLOT <slot>", "Returns the number of keys of a slot."],
  ["DELSLOTS <slot> [<slot> ...]", "Makes this node forget who serves slots."],
  [
    "DELSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "The same for stretches of slots.",
  ],
  ["FAILOVER [FORCE|TAKEOVER]", "Makes this replica take its primary's place."],
  ["FORGET <node-id>", "Takes a node out of this node's table."],
  ["GETKEYSINSLOT <slot> <count>", "Returns keys of a slot."],
  ["GETSLOTMIGRATIONS", "Returns the migrations of slots from and to this node."],
  ["FLUSHSLOTS", "Makes this node serve no slot."],
  ["INFO", "Returns the state of the cluster, as this node sees it."],
  ["KEYSLOT <key>", "Returns the slot of a key."],
  ["LINKS", "Returns the links of the bus."],
  ["MEET <ip> <port> [<bus-port>]", "Introduces another node."],
  [
    "MIGRATESLOTS SLOTSRANGE <start> <end> [...] NODE <node-id> [SLOTSRANGE ... NODE ...]",
    "Migrates slots of this node to others, as a whole.",
  ],
  [
    "MIGRATION (IMPORT <start> <end> [...]|STATUS [ID <id>|ALL]|CANCEL [ID <id>|ALL])",
    "Migrates slots to this node, as a whole; shows migrations, or gives them up.",
  ],
  ["MYID", "Returns the name of this node."],
  ["MYSHARDID", "Returns the name of this node's shard."],
  ["NODES", "Returns what this node knows of all nodes, a line each."],
  ["REPLICATE <node-id>", "Makes this node the replica of a primary."],
  ["RESET [HARD|SOFT]", "Makes this node forget its cluster (default: soft)."],
  ["SET-CONFIG-EPOCH <epoch>", "Sets the configuration epoch of a new node."],
  [
    "SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)",
    "Binds a slot to a node, or begins or ends its move.",
  ],
  ["REPLICAS <node-id>", "Returns the replicas of a primary."],
  ["SAVECONFIG", "Writes the table of nodes to disk."],
  ["SLOTS", "Returns who serves which slots, with addresses."],
  ["SHARDS", "Returns the shards: their slots and nodes."],
];

/** SENTINEL HELP. */

import type { HelpEntry } from "../../../server/commands/help.ts";

export const help: readonly HelpEntry[] = [
  [
    "CKQUORUM <master-name>",
    "Tells whether enough Sentinels can be reached to agree that the master is",
    "down, and to lead a failover of it.",
  ],
  ["CONFIG SET <param> <value> [<param> <value> ...]", "Sets parameters of the whole Sentinel."],
  [
    "CONFIG GET <param> [<param> ...]",
    "Returns parameters of the whole Sentinel; patterns may be given.",
  ],
  [
    "DEBUG [<param> <value> ...]",
    "Returns the periods that Sentinel works by, in milliseconds, or sets some.",
  ],
  ["GET-MASTER-ADDR-BY-NAME <master-name>", "Returns the address of the master of that name."],
  ["FAILOVER <master-name>", "Fails over a master without asking the other Sentinels."],
  ["FLUSHCONFIG", "Writes the configuration, with the Sentinel's state, to disk."],
  [
    "INFO-CACHE <master-name> ...",
    "Returns what masters and their replicas last answered to INFO.",
  ],
  [
    "IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>",
    "Tells whether the master at that address is down for this Sentinel; with a",
    "<runid> it also asks for a vote.",
  ],
  ["MASTER <master-name>", "Returns the state of that master."],
  ["MASTERS", "Returns the state of all masters that are watched."],
  ["MONITOR <name> <ip> <port> <quorum>", "Begins to watch a master."],
  ["MYID", "Returns the ID of this Sentinel."],
  ["PENDING-SCRIPTS", "Returns the scripts that run, or are to run."],
  ["REMOVE <master-name>", "Watches a master no more."],
  ["REPLICAS <master-name>", "Returns the state of a master's replicas."],
  ["RESET <pattern>", "Forgets what was learnt of masters whose names match."],
  ["SENTINELS <master-name>", "Returns the state of the other Sentinels of a master."],
  ["SET <master-name> <option> <value> [<option> <value> ...]", "Sets options of a master."],
  [
    "SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]",
    "Has this Sentinel crash in the middle of its next failover.",
  ],
];

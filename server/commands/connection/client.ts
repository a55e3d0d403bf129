/** CLIENT: the container of its subcommands, and its help. */

import { command } from "../define.ts";
import { type HelpEntry, replyHelp } from "../help.ts";
import { killClients } from "./client_kill.ts";
import { id, info, list } from "./client_list.ts";
import { noEvict, noTouch, reply } from "./client_modes.ts";
import { getName, setInfo, setName } from "./client_names.ts";
import { caching, getRedirection, tracking, trackingInfo } from "./client_tracking.ts";
import { pause, unblock, unpause } from "./client_pause.ts";

const HELP: readonly HelpEntry[] = [
  ["CACHING (YES|NO)", "Track, or do not track, the keys of the next command."],
  ["GETREDIR", "The ID of the client that this connection's invalidation messages go to."],
  ["GETNAME", "The connection's name."],
  ["ID", "The connection's ID."],
  ["INFO", "The line that CLIENT LIST has for this connection."],
  ["KILL <ip:port>", "Close the connection from that address."],
  [
    "KILL <option> <value> [<option> <value> [...]]",
    "Close all connections that every option lets through:",
    "* ID <client-id>",
    "* ADDR (<ip:port>|<unixsocket>:0), the client's address",
    "* LADDR (<ip:port>|<unixsocket>:0), the address it connected to",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "* USER <username>",
    "* SKIPME (YES|NO), whether this connection is spared (YES)",
    "* MAXAGE <seconds>, connected at least so long",
  ],
  [
    "LIST [options ...]",
    "A line for each client. Options:",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "* ID <client-id> [<client-id> [...]]",
  ],
  ["NO-EVICT (ON|OFF)", "Spare this connection when clients are closed for want of memory."],
  ["NO-TOUCH (ON|OFF)", "Do not count this connection's reads as uses of the keys."],
  [
    "PAUSE <timeout> [WRITE|ALL]",
    "Hold all commands, or those that write, for <timeout> milliseconds.",
  ],
  ["REPLY (ON|OFF|SKIP)", "Send replies, send none, or leave out the next one."],
  ["SETINFO (LIB-NAME|LIB-VER) <value>", "Say which client library this is."],
  ["SETNAME <name>", "Name the connection."],
  [
    "TRACKING (ON|OFF) [REDIRECT <client-id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
    "Tell this connection, or another, of changes to the keys that it has read.",
  ],
  ["TRACKINGINFO", "The modes in which the connection tracks keys."],
  ["UNBLOCK <client-id> [TIMEOUT|ERROR]", "End a client's wait in a blocking command."],
  ["UNPAUSE", "End a pause."],
];

const help = command({
  name: "HELP",
  summary: "Lists the subcommands with what they do.",
  since: "5.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c) => replyHelp(c, HELP),
});

export const client = command({
  name: "CLIENT",
  summary: "Commands on client connections.",
  since: "2.4.0",
  group: "connection",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [
    caching,
    getName,
    getRedirection,
    help,
    id,
    info,
    killClients,
    list,
    noEvict,
    noTouch,
    pause,
    reply,
    setInfo,
    setName,
    tracking,
    trackingInfo,
    unblock,
    unpause,
  ],
});

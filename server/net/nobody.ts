/** A client that nobody is behind: what runs in its name replies to memory. */

import type { User } from "../acl/users.ts";
import type { Link } from "../env/network.ts";
import { Connection } from "./connection.ts";

/** Where nothing comes from and nothing goes to. */
const NOWHERE: Link = {
  kind: "loopback",
  fd: -1,
  flush: () => {},
  setReading: () => {},
  setNoDelay: () => {},
  close: () => {},
};

/** The peer of those in whose name scripts run commands. */
export const SCRIPT_PEER = "?:0";

/** A connection of nobody's, in no list of clients. */
export function nobody(user: User): Connection {
  const connection = new Connection(0);
  connection.link = NOWHERE;
  connection.user = connection.home = user;
  return connection;
}

/** Protected mode: without a password only clients on this machine are served. */

import type { Config } from "../config/config.ts";
import type { Link } from "../env/network.ts";

/** Whether a peer is on this machine. */
export function isLocal(link: Link, peer: string): boolean {
  return link.kind === "unix" || link.kind === "loopback" ||
    peer.startsWith("127.") || peer.startsWith("[::1]");
}

/** The error that others are sent. */
export const PROTECTED_MODE =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is " +
  "set for the default user. In this mode connections are only accepted from the loopback interface. " +
  "To connect from elsewhere: set a password for the default user (requirepass), or bind the server " +
  "to the addresses that are to reach it and disable protected mode with CONFIG SET protected-mode no " +
  "from the loopback interface, or start it with --protected-mode no. Make sure that the server " +
  "cannot be reached from the internet if you do.\r\n";

/** Options that guard what could harm the server: `no`, `yes`, or `local` clients only. */
export type GuardOption =
  | "enable-protected-configs"
  | "enable-debug-command"
  | "enable-module-command";

/** Whether such an option lets a client do what it guards. */
export function permits(
  { values }: Pick<Config, "values">,
  { link, peer }: { link: Link; peer: string },
  option: GuardOption,
): boolean {
  const allowed = values[option];
  return allowed === "yes" || (allowed === "local" && isLocal(link, peer));
}

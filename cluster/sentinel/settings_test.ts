/** The lines of a Sentinel's configuration: what is wrong with one is said as the real one says it. */

import { assertEquals } from "@std/assert";
import { loadConfig } from "../../server/config/command_line.ts";
import { Config } from "../../server/config/config.ts";
import { ConfigFilesHost } from "../../server/config/host.ts";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import { testEnvironment } from "../../tests/support/environment.ts";
import { Sentinel } from "./sentinel.ts";

const FILE = "/data/sentinel.conf";
const MONITOR = "sentinel monitor m 127.0.0.1 25990 2\n";
const UNKNOWN = "Unrecognized sentinel configuration statement.";

/** What redis-sentinel 7.0.15 says of a file's last line; null where it starts with it. */
const SAID: readonly (readonly [text: string, reason: string | null])[] = [
  ["sentinel monitor m 127.0.0.1 25990", UNKNOWN],
  ["sentinel monitor m 127.0.0.1 25990 0", "Quorum must be 1 or greater."],
  [`${MONITOR}sentinel monitor m 127.0.0.1 25991 2`, "Duplicate master name."],
  ["sentinel monitor m 127.0.0.1 99999 2", "Invalid port number."],
  ["sentinel monitor m nosuch.invalid 25990 2", "Can't resolve instance hostname."],
  ["sentinel down-after-milliseconds m 10", "No such master with specified name."],
  [`${MONITOR}sentinel down-after-milliseconds m 0`, "negative or zero time parameter."],
  [`${MONITOR}sentinel foo m 0`, UNKNOWN],
  [
    `${MONITOR}sentinel notification-script m /no/such`,
    "Notification script seems non existing or non executable.",
  ],
  [`${MONITOR}sentinel known-replica m 1.2.3.4 70000`, "Invalid port number."],
  [`${MONITOR}sentinel known-sentinel m 1.2.3.4 7000 abc`, null],
  [
    `${MONITOR}sentinel known-replica m 1.2.3.4 7000\nsentinel known-replica m 1.2.3.4 7000`,
    "Duplicate hostname and port for replica.",
  ],
  ["sentinel myid abc", "Malformed Sentinel id in myid option."],
  ["sentinel current-epoch x", null],
  [`${MONITOR}sentinel parallel-syncs m x`, null],
  [`${MONITOR}sentinel config-epoch m -1`, null],
  [`${MONITOR}sentinel rename-command m A`, UNKNOWN],
  [`sentinel monitor "m m" 127.0.0.1 25990 2`, null],
  ["sentinel announce-port x", null],
  ["sentinel announce-ip a b", UNKNOWN],
  ["sentinel failover-timeout m 1\nsentinel monitor m 127.0.0.1 25990 2", null],
  [`${MONITOR}sentinel master-reboot-down-after-period m -1`, "negative time parameter."],
  ["sentinel sentinel-user", UNKNOWN],
  ["sentinel", null],
];

/** @returns what is wrong, null where nothing is */
function fault(text: string): string | null {
  const host = new ConfigFilesHost(new MemoryDisk(), "/data");
  host.writeAtomic(FILE, `${text}\n`);
  const command = {
    action: "serve",
    stdin: false,
    optionText: "",
    sentinel: true,
    file: FILE,
  } as const;
  try {
    const loaded = loadConfig(new Config("/data"), command, host);
    new Sentinel(testEnvironment()).configure(loaded);
    return null;
  } catch (error) {
    return (error as Error).message.trimEnd().split("\n").at(-1)!;
  }
}

for (const [text, reason] of SAID) {
  Deno.test(`sentinel.conf: ${text.replaceAll("\n", "; ")}`, () =>
    assertEquals(fault(text), reason));
}

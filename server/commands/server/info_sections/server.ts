/** INFO server. */

import type { Services } from "../../context.ts";
import { REDIS_VERSION } from "../../../version.ts";
import type { Row } from "./format.ts";

export function serverSection(server: Services): Row[] {
  const { values } = server.config;
  const uptimeS = Math.floor((server.nowMs - server.startedMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["etna_version", server.version],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", "0000000000000000"],
    ["redis_mode", server.mode],
    ["os", server.process.system],
    ["arch_bits", 64],
    ["monotonic_clock", "POSIX clock_gettime"],
    ["multiplexing_api", server.transportName],
    ["atomicvar_api", "none"],
    ["gcc_version", "0.0.0"],
    ["process_id", server.process.id],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", values.port],
    ["server_time_usec", Math.floor(server.clock.nowMs() * 1000)],
    ["uptime_in_seconds", uptimeS],
    ["uptime_in_days", Math.floor(uptimeS / 86400)],
    ["hz", server.cronJobs.hz()],
    ["configured_hz", values.hz],
    ["lru_clock", Math.floor(server.nowMs / 1000) & 0xffffff],
    ["executable", server.process.executable],
    ["config_file", server.configFiles.path ?? ""],
    ["io_threads_active", 0],
    ...listenerRows(server),
  ];
}

/** What is listened on: each kind of socket has its number, whichever there are. */
function listenerRows({ config: { values } }: Services): Row[] {
  const binds = values.bind.map((address) => `,bind=${address}`).join("");
  const rows: Row[] = [];
  if (values.port !== 0) rows.push(["listener0", `name=tcp${binds},port=${values.port}`]);
  if (values.unixsocket !== "") rows.push(["listener1", `name=unix,bind=${values.unixsocket}`]);
  if (values["tls-port"] !== 0) {
    rows.push(["listener2", `name=tls${binds},port=${values["tls-port"]}`]);
  }
  return rows;
}

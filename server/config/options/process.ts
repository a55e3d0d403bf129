/** Options of the process: where it runs, what it logs, how it stops, what it measures. */

import { flags, oomScores, percentiles } from "../compound_types.ts";
import {
  bool,
  choice,
  int,
  INT_MIN,
  LONG_MAX,
  optionalText,
  type OptionTraits,
  text,
} from "../types.ts";

const permissions = ["no", "yes", "local"] as const;

/** What a termination signal does; an empty list is `default`. */
function shutdownFlags() {
  return flags(
    ["default", "save", "nosave", "now", "force"],
    (chosen) =>
      chosen.has("save") && chosen.has("nosave")
        ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
        : undefined,
  );
}

/** Processors for one kind of threads: there are no such threads here. */
function cpuList() {
  return optionalText({ immutable: true, effect: "none" });
}

/** Values of a title's variables as they stand before the server listens. */
const TITLE_VARIABLES: Readonly<Record<string, string>> = {
  "title": "",
  "listen-addr": "*:6379",
  "server-mode": "",
  "port": "6379",
  "tls-port": "0",
  "unixsocket": "",
  "config-file": "-",
};

/** A title must name known variables only, close its braces, and not come out blank. */
function checkTitle(template: string): string | undefined {
  let rest = template.replaceAll("{{", "\x01");
  for (const [name, value] of Object.entries(TITLE_VARIABLES)) {
    rest = rest.replaceAll(`{${name}}`, value);
  }
  const valid = !rest.includes("{") && rest.trim() !== "";
  return valid ? undefined : "template format is invalid or contains unknown variables";
}

const hidden: OptionTraits = { hidden: true };

export const processOptions = {
  "dir": text(".", { protected: true, alwaysWritten: true }),
  "daemonize": bool("no", { immutable: true }),
  "supervised": choice(["upstart", "systemd", "auto", "no"], "no", { immutable: true }),
  "pidfile": optionalText({ immutable: true }),
  "databases": int(16, { min: 1, immutable: true }),
  "hz": int(10, { clamp: [1, 500] }),
  "dynamic-hz": bool("yes"),
  "set-proc-title": bool("yes", { immutable: true, effect: "none" }),
  "proc-title-template": text(
    "{title} {listen-addr} {server-mode}",
    { effect: "none" },
    checkTitle,
  ),
  "always-show-logo": bool("no", { immutable: true }),
  "locale-collate": text("", { origin: "redis 7.2", effect: "none" }),

  "loglevel": choice(["debug", "verbose", "notice", "warning", "nothing"], "notice"),
  "logfile": text("", { immutable: true }),
  "syslog-enabled": bool("no", { immutable: true, effect: "none" }),
  "syslog-ident": text("redis", { immutable: true, effect: "none" }),
  "syslog-facility": choice(
    ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
    "local0",
    { immutable: true, effect: "none" },
  ),
  "crash-log-enabled": bool("yes"),
  "crash-memcheck-enabled": bool("yes", { effect: "none" }),
  "use-exit-on-panic": bool("no", { ...hidden, effect: "none" }),
  "watchdog-period": int(0, { ...hidden, effect: "none" }),
  "ignore-warnings": text("", { effect: "none" }),

  "shutdown-timeout": int(10),
  "shutdown-on-sigint": shutdownFlags(),
  "shutdown-on-sigterm": shutdownFlags(),

  "oom-score-adj": choice(
    ["no", "yes", "relative", "absolute"],
    "no",
    { effect: "none" },
    { relative: "yes" },
  ),
  "oom-score-adj-values": oomScores(["0", "200", "800"], { effect: "none" }),
  "disable-thp": bool("yes", { immutable: true }),
  "server_cpulist": cpuList(),
  "bio_cpulist": cpuList(),
  "aof_rewrite_cpulist": cpuList(),
  "bgsave_cpulist": cpuList(),

  "enable-protected-configs": choice(permissions, "no", { immutable: true }),
  "enable-debug-command": choice(permissions, "no", { immutable: true }),
  "enable-module-command": choice(permissions, "no", { immutable: true }),

  "busy-reply-threshold": int(5000, { max: LONG_MAX, alias: "lua-time-limit" }),
  "slowlog-log-slower-than": int(10000, { min: -1, max: LONG_MAX }),
  "slowlog-max-len": int(128, { max: LONG_MAX }),
  "latency-monitor-threshold": int(0, { max: LONG_MAX }),
  "latency-tracking": bool("yes"),
  "latency-tracking-info-percentiles": percentiles([50, 99, 99.9], { alwaysWritten: true }),

  "loading-process-events-interval-bytes": int(2097152, { min: 1024, ...hidden }),
  "key-load-delay": int(0, { min: INT_MIN, ...hidden }),
  "rdb-key-save-delay": int(0, { min: INT_MIN, ...hidden }),
};

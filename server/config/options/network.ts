/** Options of listening, connections, TLS and the protocol. */

import { addresses, httpTokens, outputLimits } from "../compound_types.ts";
import {
  bool,
  choice,
  int,
  INT_MAX,
  memory,
  memoryOrPercent,
  octal,
  optionalText,
  UINT_MAX,
} from "../types.ts";

const MEBIBYTE = 1048576;

export const networkOptions = {
  "bind": addresses(["*", "-::*"]),
  "bind-source-addr": optionalText(),
  "port": int(6379, { max: 65535 }),
  "tcp-backlog": int(511, { immutable: true }),
  "tcp-keepalive": int(300),
  "timeout": int(0),
  "protected-mode": bool("yes"),
  "unixsocket": optionalText({ immutable: true }),
  "unixsocketperm": octal("0", 0o777, { immutable: true }),
  "socket-mark-id": int(0, { max: UINT_MAX, immutable: true, effect: "none" }),
  "maxclients": int(10000, { min: 1, max: UINT_MAX }),
  "io-threads": int(1, { min: 1, max: 128, immutable: true, effect: "none" }),
  "io-threads-do-reads": bool("no", { immutable: true, effect: "none" }),
  // Not among those that `CONFIG GET *` names: harnesses set each of these, and know which ones they cannot.
  "transport": choice(["auto", "epoll", "deno"], "auto", {
    immutable: true,
    hidden: true,
    origin: "etna",
  }),

  "http-port": int(0, { max: 65535, origin: "etna", hidden: true }),
  "http-tls-port": int(0, { max: 65535, origin: "etna", hidden: true }),
  "http-tokens": httpTokens({ origin: "etna", hidden: true }),
  "http-max-body-size": memory("16mb", { min: 1024, origin: "etna", hidden: true }),
  "http-sync-timeout": int(1000, { origin: "etna", hidden: true }),
  "http-forward-writes": bool("no", { origin: "etna", hidden: true }),

  "proto-max-bulk-len": memory("512mb", { min: MEBIBYTE }),
  "client-query-buffer-limit": memory("1gb", { min: MEBIBYTE }),
  "client-output-buffer-limit": outputLimits(
    "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60".split(" "),
  ),
  "maxmemory-clients": memoryOrPercent("0"),
  "tracking-table-max-keys": int(1000000, { max: 2n ** 63n - 1n }),

  "tls-port": int(0, { max: 65535 }),
  "tls-replication": bool("no"),
  "tls-cluster": bool("no"),
  "tls-auth-clients": choice(["no", "yes", "optional"], "yes"),
  "tls-auth-clients-user": choice(["off", "CN"], "off", { origin: "redis 8.6" }),
  "tls-prefer-server-ciphers": bool("no", { effect: "none" }),
  "tls-session-caching": bool("yes", { effect: "none" }),
  "tls-session-cache-size": int(20480, { max: INT_MAX, effect: "none" }),
  "tls-session-cache-timeout": int(300, { effect: "none" }),
  "tls-cert-file": optionalText(),
  "tls-key-file": optionalText(),
  "tls-key-file-pass": optionalText({ effect: "none" }),
  "tls-client-cert-file": optionalText(),
  "tls-client-key-file": optionalText(),
  "tls-client-key-file-pass": optionalText({ effect: "none" }),
  "tls-dh-params-file": optionalText({ effect: "none" }),
  "tls-ca-cert-file": optionalText(),
  "tls-ca-cert-dir": optionalText({ effect: "none" }),
  "tls-protocols": optionalText({ effect: "none" }),
  "tls-ciphers": optionalText({ effect: "none" }),
  "tls-ciphersuites": optionalText({ effect: "none" }),
};

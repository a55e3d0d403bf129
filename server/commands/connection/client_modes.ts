/** CLIENT REPLY, NO-EVICT and NO-TOUCH: what a connection wants for itself. */

import { Gate } from "../../net/connection.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { type Argument, command } from "../define.ts";

const onOff: readonly Argument[] = [{
  name: "enabled",
  type: "oneof",
  arguments: [
    { name: "on", type: "pure-token", token: "ON" },
    { name: "off", type: "pure-token", token: "OFF" },
  ],
}];

/** Argument 2 as a switch; null after an error. */
function switched(c: Context): boolean | null {
  const word = c.option(2);
  if (word === "on" || word === "off") return word === "on";
  c.reply.error(errors.syntax);
  return null;
}

export const reply = command({
  name: "REPLY",
  summary: "Switches replies on or off, or skips the next one.",
  since: "3.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  arguments: [{
    name: "on_off_skip",
    type: "oneof",
    arguments: [
      { name: "on", type: "pure-token", token: "ON" },
      { name: "off", type: "pure-token", token: "OFF" },
      { name: "skip", type: "pure-token", token: "SKIP" },
    ],
  }],
  run(c) {
    const { clients } = c.server;
    switch (c.option(2)) {
      case "on":
        clients.setReplyMode(c.connection, "on");
        return c.reply.ok();
      case "off":
        return clients.setReplyMode(c.connection, "off");
      case "skip":
        if (c.connection.replyMode !== "off") clients.setReplyMode(c.connection, "skip-next");
        return;
      default:
        return c.reply.error(errors.syntax);
    }
  },
});

export const noEvict = command({
  name: "NO-EVICT",
  summary: "Keeps the connection from being closed when clients take too much memory.",
  since: "7.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["admin", "noscript", "loading", "stale"],
  arguments: onOff,
  run(c) {
    const on = switched(c);
    if (on === null) return;
    c.connection.noEvict = on;
    c.reply.ok();
  },
});

export const noTouch = command({
  name: "NO-TOUCH",
  summary: "Lets the connection's reads leave the LRU and LFU data of keys as they are.",
  since: "7.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  arguments: onOff,
  run(c) {
    const on = switched(c);
    if (on === null) return;
    if (on) c.connection.gate |= Gate.NO_TOUCH;
    else {
      c.connection.gate &= ~Gate.NO_TOUCH;
      c.core.u32[c.core.at.NO_TOUCH] = 0;
    }
    c.reply.ok();
  },
});

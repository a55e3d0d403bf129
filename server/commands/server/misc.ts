/** TIME, LOLWUT and SHUTDOWN. */

import { cheapRandom } from "../../env/cheap_random.ts";
import { abortEnd, type EndChoice, endInOrder } from "../../saving/ending.ts";
import { errors } from "../../resp/errors.ts";
import { REDIS_VERSION } from "../../version.ts";
import { lolwut as draw } from "../../stats/lolwut.ts";
import type { Context, Waiting } from "../context.ts";
import { command } from "../define.ts";

export const time = command({
  name: "TIME",
  summary: "Returns the server's time: seconds since the epoch, and microseconds.",
  since: "2.6.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  tips: ["nondeterministic_output"],
  run(c) {
    // A script sees one moment from its beginning to its end.
    const nowMs = c.server.scripting.startedMs ?? c.server.clock.nowMs();
    const us = Math.floor(nowMs * 1000);
    c.reply.bulks([`${Math.floor(us / 1e6)}`, `${us % 1e6}`]);
  },
});

export const lolwut = command({
  name: "LOLWUT",
  summary: "Draws a volcano, and tells the version.",
  since: "5.0.0",
  group: "server",
  complexity: "",
  arity: -1,
  flags: ["readonly", "fast"],
  arguments: [{ name: "version", type: "integer", token: "VERSION", optional: true }],
  run(c) {
    const words: string[] = [];
    for (let i = 1; i < c.argc; i++) words.push(c.shown(i, 64));
    const seed = new Uint32Array(c.server.random.bytes(4).buffer)[0];
    const picture = draw(REDIS_VERSION, words, cheapRandom(seed));
    if ("error" in picture) return c.reply.error(picture.error);
    c.reply.verbatim(picture.text);
  },
});

/** What SHUTDOWN was asked for; null when the words contradict each other. */
function readShutdown(c: Context): { words: Set<string> } | null {
  const words = new Set<string>();
  for (let i = 1; i < c.argc; i++) {
    const word = c.option(i);
    if (!["nosave", "save", "now", "force", "abort"].includes(word)) return null;
    words.add(word);
  }
  const contradicts = (words.has("save") && words.has("nosave")) ||
    (words.has("abort") && words.size > 1);
  return contradicts ? null : { words };
}

const replyNoEnd = (c: Context) => c.reply.error("ERR Errors trying to SHUTDOWN. Check logs.");

/** How a client waits that has asked for an end which waits for replicas: it hears if there is none. */
const waitingForEnd: Waiting = {
  serve: (c) => {
    if (c.server.endRequest.lagging !== null) return false;
    replyNoEnd(c);
    return true;
  },
  timedOut: replyNoEnd,
};

export const shutdown = command({
  name: "SHUTDOWN",
  summary: "Saves the data set where that is configured, or asked for, and ends the server.",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys, when it saves; else O(1)",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  history: [["7.0.0", "Added NOW, FORCE and ABORT."]],
  arguments: [
    {
      name: "nosave_save",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "nosave", type: "pure-token", token: "NOSAVE" },
        { name: "save", type: "pure-token", token: "SAVE" },
      ],
    },
    { name: "now", type: "pure-token", token: "NOW", since: "7.0.0", optional: true },
    { name: "force", type: "pure-token", token: "FORCE", since: "7.0.0", optional: true },
    { name: "abort", type: "pure-token", token: "ABORT", since: "7.0.0", optional: true },
  ],
  run(c) {
    const asked = readShutdown(c);
    if (asked === null) return c.reply.error(errors.syntax);
    const { scripting } = c.server;
    if (scripting.isBusy && !asked.words.has("nosave")) {
      return c.reply.error(scripting.busyText);
    }
    if (asked.words.has("abort")) {
      if (abortEnd(c.server)) return c.reply.ok();
      return c.reply.error("ERR No shutdown in progress.");
    }
    if (c.server.onShutdown === null) {
      return c.reply.error("ERR Errors trying to SHUTDOWN. Check logs.");
    }
    const { words } = asked;
    scripting.abandon();
    const choice: EndChoice = {
      save: words.has("save") ? "save" : words.has("nosave") ? "nosave" : null,
      force: words.has("force"),
      now: words.has("now"),
    };
    const ends = endInOrder(c.server, choice, c.server.onShutdown);
    if (ends === "waits") c.block(waitingForEnd, 0, 0, 0);
    else if (ends) c.connection.halted = true;
    else replyNoEnd(c);
  },
});

/**
 * Keyspace notifications: what happens to keys, published on channels. An event of a class that
 * `notify-keyspace-events` names goes to `__keyspace@<db>__:<key>` (K), where the event is the message,
 * and to `__keyevent@<db>__:<event>` (E), where the key is.
 */

import type { EventClass } from "./events.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Pubsub } from "../pubsub/pubsub.ts";

/** What keyspace notifications needs of the server. */
export interface NotificationsNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly changes: { observe(): void };
  readonly pubsub: Pubsub;
}

export class Notifications {
  /** Letters of the classes that are told of, and K and E. */
  #letters = "";
  #byKey = false;
  #byEvent = false;

  constructor(readonly server: NotificationsNeeds) {
    const option = "notify-keyspace-events";
    const follow = () => {
      this.#letters = server.config.values[option];
      this.#byKey = this.#letters.includes("K");
      this.#byEvent = this.#letters.includes("E");
    };
    server.config.onChange(option, () => {
      follow();
      server.changes.observe();
    });
    follow();
    server.pubsub.onListened = () => server.changes.observe();
  }

  /** Whether any event is told of, and somebody may be listening. */
  get active(): boolean {
    return (this.#byKey || this.#byEvent) && this.server.pubsub.listened;
  }

  /** Whether events of a class are told of. */
  tellsOf(type: EventClass): boolean {
    return this.active && this.#letters.includes(type);
  }

  /** Publishes an event. @param key one character a byte */
  notify(db: number, key: string, type: EventClass, event: string): void {
    if (!this.#letters.includes(type)) return;
    if (this.#byKey) this.#publish(`__keyspace@${db}__:`, key, event);
    if (this.#byEvent) this.#publish(`__keyevent@${db}__:`, event, key);
  }

  /** Publishes to a channel whose name has two parts. Without memory for the message it is lost. */
  #publish(prefix: string, name: string, text: string): void {
    const { core, pubsub } = this.server;
    const channelLen = prefix.length + name.length;
    const block = core.x.allocate(channelLen + text.length);
    if (block === 0) return;
    core.writeBinary(block, prefix);
    core.writeBinary(block + prefix.length, name);
    core.writeBinary(block + channelLen, text);
    pubsub.publish(block, channelLen, block + channelLen, text.length);
    core.x.free(block);
  }
}

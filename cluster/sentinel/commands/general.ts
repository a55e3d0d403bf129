/** Commands that a Sentinel understands in its own way: INFO, PUBLISH, ROLE. */

import { command, type CommandSpec } from "../../../server/commands/define.ts";
import { clientsSection } from "../../../server/commands/server/info_sections/clients.ts";
import { cpuSection } from "../../../server/commands/server/info_sections/cpu.ts";
import { infoText, type Section } from "../../../server/commands/server/info_sections/mod.ts";
import { serverSection } from "../../../server/commands/server/info_sections/server.ts";
import { statsSection } from "../../../server/commands/server/info_sections/stats.ts";
import { info } from "../../../server/commands/server/info.ts";
import { publish } from "../../../server/commands/pubsub/publish.ts";
import { role } from "../../../server/commands/replication/role.ts";
import { infoLines } from "../describe.ts";
import type { Sentinel } from "../sentinel.ts";
import { textOf } from "./parts.ts";

export function infoOf(sentinel: Sentinel): CommandSpec {
  const sections: readonly Section[] = [
    { title: "Server", rows: serverSection },
    { title: "Clients", rows: clientsSection },
    { title: "Stats", rows: statsSection },
    { title: "CPU", rows: cpuSection },
    {
      title: "Sentinel",
      rows: () => {
        const { state, scripts } = sentinel.machine;
        state.nowMs = sentinel.nowMs;
        return infoLines(state, scripts);
      },
    },
  ];
  return command({
    ...info,
    run(c) {
      const wanted: string[] = [];
      for (let i = 1; i < c.argc; i++) wanted.push(c.option(i));
      c.reply.verbatim(infoText(c.server, wanted, sections));
    },
  });
}

const HELLO_CHANNEL = "__sentinel__:hello";

export function publishOf(sentinel: Sentinel): CommandSpec {
  return command({
    ...publish,
    run(c) {
      if (c.word(1) !== HELLO_CHANNEL) {
        return c.reply.error("ERR Only HELLO messages are accepted by Sentinel instances.");
      }
      const payload = textOf(c, 2);
      c.reply.number(1);
      sentinel.heard(payload);
    },
  });
}

export function roleOf(sentinel: Sentinel): CommandSpec {
  return command({
    ...role,
    run({ reply }) {
      reply.array(2);
      reply.bulk("sentinel");
      reply.bulks([...sentinel.machine.state.primaries.keys()]);
    },
  });
}

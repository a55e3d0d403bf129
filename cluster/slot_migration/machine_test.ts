/** The machine of migrations alone: events in, actions out. */

import { assert, assertEquals } from "@std/assert";
import { type MigrationAction, type MigrationFacts, MigrationMachine } from "./machine.ts";
import type { MigrationRequest } from "./job.ts";

const SOURCE = "s".repeat(40);
const TARGET = "t".repeat(40);
const REQUEST: MigrationRequest = { id: "1", source: SOURCE, target: TARGET, ranges: [[5, 7]] };
const SLOTS = [5, 6, 7];
const PAUSE_MS = 1000;
const TIMEOUT_MS = 5000;
const ID = { id: REQUEST.id };

/** A machine, and what it believes of the world around. */
class Side {
  owner: string = SOURCE;
  isPrimary = true;
  keys = 0;
  bytesBehind = 0;
  lagBytes = 0;
  haveAll = true;
  isConfirmed = true;
  isMidway = false;
  readonly machine: MigrationMachine;
  nowMs = 10_000;

  constructor(readonly self: string) {
    // deno-lint-ignore no-this-alias
    const side = this;
    const facts: MigrationFacts = {
      self,
      get isPrimary() {
        return side.isPrimary;
      },
      epoch: 3,
      ownerOf: () => side.owner,
      isGoodPrimary: () => true,
      keysIn: () => side.keys,
      bytesBehind: () => side.bytesBehind,
      get isMidway() {
        return side.isMidway;
      },
      offset: 77,
      get replicaLagBytes() {
        return side.lagBytes;
      },
      replicasHave: () => side.haveAll,
      isConfirmedSince: () => side.isConfirmed,
    };
    const settings = { maxLagBytes: 100, pauseMs: PAUSE_MS, timeoutMs: TIMEOUT_MS, logLength: 2 };
    this.machine = new MigrationMachine(facts, () => settings);
  }

  /** @returns what is to be done, as words; logs are left out */
  hears(event: Parameters<MigrationMachine["step"]>[0], afterMs = 0): string[] {
    this.nowMs += afterMs;
    return wordsOf(this.machine.step(event, this.nowMs));
  }
  get state(): string {
    return this.machine.jobs.at(-1)!.state;
  }
  get message(): string {
    return this.machine.jobs.at(-1)!.message;
  }
}

function wordsOf(actions: readonly MigrationAction[]): string[] {
  return actions.filter((action) => action.do !== "log").map((action) => {
    if (action.do === "send") return `send ${action.words[0]}`;
    if (action.do === "answer") return `answer ${action.line}`;
    if (action.do === "outdo") return `outdo ${action.epoch}`;
    if ("slots" in action) assertEquals(action.slots, SLOTS);
    return action.do;
  });
}

/** A source that sends what happens, of which all keys are there. */
function streaming(): Side {
  const side = new Side(SOURCE);
  assertEquals(side.hears({ on: "export", request: REQUEST }), ["dial"]);
  assertEquals(side.hears({ on: "opened", ...ID }), ["send IMPORT"]);
  assertEquals(side.hears({ on: "answered", ...ID, line: "+OK" }), ["export"]);
  assertEquals(side.hears({ on: "exported", ...ID }), ["send PING"]);
  assertEquals(side.state, "streaming");
  return side;
}

/** A source whose writes wait until the target has taken over, or not. */
function handingOver(): Side {
  const side = streaming();
  const line = "+PONG 500 9 0";
  assertEquals(side.hears({ on: "answered", ...ID, line }), ["pause", "send FINISH"]);
  assertEquals(side.state, "handing-over");
  return side;
}

/** A target to which keys come. */
function importing(): Side {
  const side = new Side(TARGET);
  assertEquals(side.hears({ on: "introduced", request: REQUEST }), ["hide", "answer +OK"]);
  assertEquals(side.state, "importing");
  return side;
}

Deno.test("slot migration machine / a source from the order to the end", () => {
  const side = handingOver();
  side.owner = TARGET;
  assertEquals(side.hears({ on: "owners" }, 20), ["stop", "unpause", "close"]);
  assertEquals(side.state, "success");
  assertEquals(side.machine.jobs[0].pausedMs, 20);
});

Deno.test("slot migration machine / writes wait only when little is on its way, and nothing is half done", () => {
  const side = streaming();
  side.bytesBehind = 101;
  assertEquals(side.hears({ on: "answered", ...ID, line: "+PONG 500 9 0" }), ["send PING"]);
  side.bytesBehind = 100;
  assertEquals(side.hears({ on: "answered", ...ID, line: "+PONG 510 9 1" }), []);
  assertEquals(side.hears({ on: "tick" }, 60), ["send PING"]);
  side.isMidway = true;
  assertEquals(side.hears({ on: "answered", ...ID, line: "+PONG 520 9 0" }), []);
  side.isMidway = false;
  assertEquals(side.hears({ on: "tick" }, 60), ["send PING"]);
  assertEquals(side.hears({ on: "answered", ...ID, line: "+PONG 530 9 0" }), [
    "pause",
    "send FINISH",
  ]);
});

Deno.test("slot migration machine / a source whose target is silent goes on when nobody can know of a claim", () => {
  const side = handingOver();
  assertEquals(side.hears({ on: "closed", ...ID, reason: "" }), []);
  assertEquals(side.state, "unsure");
  // It cannot be given up, nor by data that are flushed: the target may have taken over.
  assertEquals(side.machine.cancel(() => true, side.nowMs).count, 0);
  assertEquals(side.hears({ on: "flushed" }), []);
  assertEquals(side.hears({ on: "tick" }, PAUSE_MS / 2 - 1), []);
  side.isConfirmed = false;
  assertEquals(side.hears({ on: "tick" }, 1), ["probe"]);
  assertEquals(side.hears({ on: "tick" }, 10 * PAUSE_MS), ["probe"]);
  side.isConfirmed = true;
  assertEquals(side.hears({ on: "tick" }, 1), ["outdo 9", "stop", "unpause", "close"]);
  assertEquals([side.state, side.message], ["failed", "the target has not taken over in time"]);
});

Deno.test("slot migration machine / a source of which nothing is heard gives up, wherever it is", () => {
  for (const line of [null, "+OK"]) {
    const side = new Side(SOURCE);
    side.hears({ on: "export", request: REQUEST });
    side.hears({ on: "opened", ...ID });
    if (line !== null) side.hears({ on: "answered", ...ID, line });
    side.hears({ on: "tick" }, TIMEOUT_MS);
    assertEquals(side.hears({ on: "tick" }, 1), ["stop", "close"]);
    assertEquals([side.state, side.message], ["failed", "nothing is heard any more"]);
  }
});

Deno.test("slot migration machine / flushed data give a migration up on either side, tried again or not", () => {
  const source = streaming();
  assertEquals(source.hears({ on: "flushed" }), ["stop", "close"]);
  assertEquals([source.state, source.message], ["failed", "data was flushed"]);

  // What has sent nothing yet goes on: the target waits for it.
  const early = new Side(SOURCE);
  early.hears({ on: "export", request: REQUEST });
  assertEquals([early.hears({ on: "flushed" }), early.state], [[], "connecting"]);
  early.hears({ on: "opened", ...ID });
  assertEquals([early.hears({ on: "flushed" }), early.state], [[], "introducing"]);

  const target = importing();
  assertEquals(target.hears({ on: "flushed" }), ["drop", "close"]);
  assertEquals([target.state, target.message], ["failed", "data was flushed"]);

  // One that its operator has asked for is not tried again either, as those keys are meant to be gone.
  const own = new Side(TARGET);
  own.hears({ on: "import", request: REQUEST });
  own.hears({ on: "opened", ...ID });
  own.hears({ on: "answered", ...ID, line: "+OK" });
  own.hears({ on: "introduced", request: REQUEST });
  assertEquals(own.state, "importing");
  own.hears({ on: "flushed" });
  assertEquals(own.state, "failed");

  // But when its source was, it is: what was flushed there is no more than any other write.
  const again = new Side(TARGET);
  again.hears({ on: "import", request: REQUEST });
  again.hears({ on: "opened", ...ID });
  again.hears({ on: "answered", ...ID, line: "+OK" });
  again.hears({ on: "introduced", request: REQUEST });
  assertEquals(again.hears({ on: "closed", ...ID, reason: "" }), ["drop", "close"]);
  assertEquals([again.state, again.machine.jobs[0].retries], ["waiting", 1]);
  assertEquals(again.hears({ on: "tick" }, 1000), ["dial"]);
});

Deno.test("slot migration machine / a target takes over when its replicas have all, and in time", () => {
  const side = importing();
  assertEquals(side.hears({ on: "pinged", ...ID }), [
    "hide",
    "ask replicas",
    `answer +PONG ${side.nowMs} 3 0`,
  ]);
  side.haveAll = false;
  const stampMs = side.nowMs;
  assertEquals(side.hears({ on: "finish", ...ID, stampMs }, 10), ["ask replicas"]);
  side.haveAll = true;
  assertEquals(side.hears({ on: "tick" }, 10), ["claim", "answer +TAKEN", "show", "close"]);
  assertEquals(side.state, "success");

  const late = importing();
  late.haveAll = false;
  late.hears({ on: "finish", ...ID, stampMs: late.nowMs });
  const done = late.hears({ on: "tick" }, PAUSE_MS / 2 + 1);
  assertEquals(done, ["answer -ERR it came too late", "drop", "close"]);
});

Deno.test("slot migration machine / a target that still has keys of another time waits until they are gone", () => {
  const side = new Side(TARGET);
  side.keys = 1;
  const [drop, answer] = side.hears({ on: "introduced", request: REQUEST });
  assertEquals(drop, "drop");
  assert(answer.startsWith("answer -TRYAGAIN"), answer);
  side.keys = 0;
  assertEquals(side.hears({ on: "introduced", request: REQUEST }), ["hide", "answer +OK"]);
  assertEquals(side.machine.jobs.length, 1);
});

Deno.test("slot migration machine / slots that become another's, and a node that becomes a replica, end it", () => {
  const source = streaming();
  source.owner = "x".repeat(40);
  assertEquals(source.hears({ on: "owners" }), ["stop", "close"]);
  const target = importing();
  target.isPrimary = false;
  assertEquals(target.hears({ on: "owners" }), ["drop", "close"]);
  assertEquals(target.message, "this node is a replica now");
});

Deno.test("slot migration machine / what is over is kept for a while, the newest of it", () => {
  const side = new Side(SOURCE);
  for (const id of ["1", "2", "3", "4"]) {
    side.hears({ on: "export", request: { ...REQUEST, id } });
    side.hears({ on: "closed", id, reason: "no route" });
  }
  assertEquals(side.machine.jobs.map(({ id }) => id), ["3", "4"]);
  assertEquals(side.message, "the connection is lost: no route");
});

/** What forbids a script to run, or to run a command: memory, files that fail, the server's role. */

import type { Core } from "../../core-as/host/core.ts";
import { type CommandFacts, flagBits } from "../commands/facts.ts";
import type { Routing } from "../cluster/routing.ts";
import type { Candidate, GateName, Gates } from "../gates/gates.ts";
import { type Connection, Gate } from "../net/connection.ts";
import { errors } from "../resp/errors.ts";
import { type Run, ScriptFlag } from "./run.ts";

/** What refusals need of the server. */
export interface RefusalsNeeds {
  readonly core: Core;
  readonly gates: Gates;
  readonly config: { readonly values: { readonly maxmemory: number } };
  readonly eviction: { makeRoom(): boolean };
  readonly routing: Routing;
}

/** Gates that hold for the commands of scripts as for those of clients. */
const GATES: ReadonlySet<GateName> = new Set<GateName>([
  "append-only file",
  "snapshot",
  "replicas",
  "read-only",
  "stale",
]);

/** Those that hold for a script without flags as a whole; the others look at its commands. */
const STALE: ReadonlySet<GateName> = new Set<GateName>(["stale"]);

export class Refusals {
  readonly #candidate = {
    connection: null! as Connection,
    name: "",
    id: 0,
    bits: 0,
    queues: false,
  } satisfies Candidate;

  constructor(readonly server: RefusalsNeeds, readonly run: Run) {}

  /** Why a script of these flags may not begin. @param readOnly the command that calls it may not write */
  ofScript(
    caller: Connection,
    command: CommandFacts,
    flags: number,
    readOnly: boolean,
  ): string | null {
    const { server, run } = this;
    run.slot = server.routing.slotOf(command);
    run.mayCross = (flags & (ScriptFlag.COMPAT | ScriptFlag.ALLOW_CROSS_SLOT_KEYS)) !== 0;
    run.overMemory = server.config.values.maxmemory !== 0 && !server.eviction.makeRoom();
    const own = command.bits & ~flagBits.stale & ~flagBits.may_replicate;
    if ((flags & ScriptFlag.COMPAT) !== 0) return this.#atGates(caller, command, own, STALE);
    if ((flags & ScriptFlag.NO_CLUSTER) !== 0 && server.routing.view !== null) {
      return "ERR Can not run script on cluster, 'no-cluster' flag is set.";
    }
    const writes = (flags & ScriptFlag.NO_WRITES) === 0;
    if (readOnly && writes) {
      return "ERR Can not execute a script with write flag using *_ro command.";
    }
    if (writes && run.overMemory && (flags & ScriptFlag.ALLOW_OOM) === 0) return errors.oom;
    let bits = own;
    if (writes) bits |= flagBits.write;
    if ((flags & ScriptFlag.ALLOW_STALE) !== 0) bits |= flagBits.stale;
    return this.#atGates(caller, command, bits, GATES);
  }

  /** Why the script that runs may not run a command. */
  ofCommand(command: CommandFacts): string | null {
    const { run } = this;
    const { bits } = command;
    // What others hear of counts as a change.
    if ((bits & (flagBits.write | flagBits.may_replicate)) !== 0 && run.readOnly) {
      return "ERR Write commands are not allowed from read-only scripts.";
    }
    const needsMemory = (bits & flagBits.denyoom) !== 0 && run.overMemory && !run.wrote;
    if (needsMemory && (run.flags & ScriptFlag.ALLOW_OOM) === 0) return errors.oom;
    const { gates, routing } = this.server;
    const isOpen = (gates.mask & bits) === 0;
    if (isOpen && (run.caller.gate & Gate.PUBLISHES_THERE) === 0) return null;
    return this.#atGates(run.caller, command, bits, GATES) ??
      routing.refusalInScript(run.caller, command, run);
  }

  #atGates(
    caller: Connection,
    command: CommandFacts,
    bits: number,
    names: ReadonlySet<GateName>,
  ): string | null {
    const { gates } = this.server;
    if (caller.exempt) return null;
    const candidate = this.#candidate;
    candidate.connection = caller;
    candidate.name = command.name;
    candidate.id = command.id;
    candidate.bits = bits;
    return gates.refusalOf(names, candidate);
  }
}

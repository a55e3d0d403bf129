/** Calls, pipelines and transactions over a client inside the process. */

import type { CallArgument, LoopbackClient } from "../net/loopback.ts";
import { ReplyError, type ReplyValue } from "../resp/decoder.ts";
import type { Caller, Command } from "./etna.ts";
import type { Call } from "./replies.ts";

/** @param client gives the client, which may be another one the next time */
export function callerOf(client: () => LoopbackClient): Caller {
  return {
    call: ((...args: CallArgument[]) => client().call(args, false)) as Call<string>,
    callBuffer: ((...args: CallArgument[]) => client().call(args, true)) as Call<Uint8Array>,
    pipeline: (commands) => pipeline(client(), commands),
    transaction: (commands) => transaction(client(), commands),
  };
}

/** Those of one pipeline are handed over in one turn of the server, as nothing is waited for in between. */
function pipeline(client: LoopbackClient, commands: readonly Command[]): Promise<ReplyValue[]> {
  return Promise.all(commands.map((command) => client.call(command, false).catch(asValue)));
}

async function transaction(
  client: LoopbackClient,
  commands: readonly Command[],
): Promise<ReplyValue[] | null> {
  const replies = await pipeline(client, [["MULTI"], ...commands, ["EXEC"]]);
  const result = replies.at(-1)!;
  if (!(result instanceof ReplyError)) return result as ReplyValue[] | null;
  // What EXEC says of it is only that something was wrong before.
  throw replies.find((reply) => reply instanceof ReplyError);
}

/** An error reply as a value; any other error is thrown on. */
function asValue(error: unknown): ReplyError {
  if (error instanceof ReplyError) return error;
  throw error;
}

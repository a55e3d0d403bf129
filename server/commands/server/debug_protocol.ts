/** DEBUG PROTOCOL: a value of every type, by which clients test their parsers. */

import type { Context } from "../context.ts";

const types: Record<string, (c: Context) => void> = {
  string: ({ reply }) => reply.bulk("Hello World"),
  integer: ({ reply }) => reply.number(12345),
  double: ({ reply }) => reply.double(3.141),
  bignum: ({ reply }) => reply.bigNumber("1234567999999999999999999999999999999"),
  null: ({ reply }) => reply.null(),
  array: ({ reply }) => {
    reply.array(3);
    for (let i = 0; i < 3; i++) reply.number(i);
  },
  set: ({ reply }) => {
    reply.set(3);
    for (let i = 0; i < 3; i++) reply.number(i);
  },
  map: ({ reply }) => {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.number(i);
      reply.bool(i === 1);
    }
  },
  attrib: ({ reply, x, connection }) => {
    if (connection.resp === 3) {
      x.replyAttribute(1);
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.number(90);
    }
    // Without RESP3 there are no attributes, and the reply stands alone.
    reply.bulk("Some real reply following the attribute");
  },
  push: ({ reply, connection }) => {
    if (connection.resp !== 3) return reply.error("ERR RESP2 is not supported by this command");
    // A push that a command causes comes behind its reply.
    reply.bulk("Some real reply following the push reply");
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.number(42);
  },
  verbatim: ({ reply }) => reply.verbatim("This is a verbatim\nstring"),
  true: ({ reply }) => reply.bool(true),
  false: ({ reply }) => reply.bool(false),
};

/** Replies with a value of the type that argument 2 names. */
export function debugProtocol(c: Context): void {
  const name = c.option(2);
  if (Object.hasOwn(types, name)) return types[name](c);
  const names = Object.keys(types).join("|");
  c.reply.error(`ERR Wrong protocol type name. Please use one of the following: ${names}`);
}

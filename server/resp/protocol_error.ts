/** What is wrong with a request that the tokenizer refused, in Redis's words. */

import type { Core } from "../../core-as/host/core.ts";

export function protocolError(core: Core): string {
  const { at, u32 } = core;
  switch (u32[at.IN_ERROR]) {
    case at.PROTOCOL_MULTIBULK:
      return "invalid multibulk length";
    case at.PROTOCOL_BULK:
      return "invalid bulk length";
    case at.PROTOCOL_EXPECTED_DOLLAR:
      return `expected '$', got '${String.fromCharCode(u32[at.IN_ERROR_BYTE])}'`;
    case at.PROTOCOL_QUOTES:
      return "unbalanced quotes in request";
    case at.PROTOCOL_BIG_INLINE:
      return "too big inline request";
    case at.PROTOCOL_BIG_COUNT:
      return "too big mbulk count string";
    case at.PROTOCOL_BIG_BULK_COUNT:
      return "too big bulk count string";
    case at.PROTOCOL_UNAUTH_MULTIBULK:
      return "unauthenticated multibulk length";
    default:
      return "unauthenticated bulk length";
  }
}

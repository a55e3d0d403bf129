/**
 * Comparison cases of XREAD and XREADGROUP with BLOCK. A short sleep lets a client begin to wait; a reply
 * that must not come yet is told by the one that does come.
 */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** A group at the end of a stream of one entry, and a client that waits in it. */
const waitInGroup = (command = "XREADGROUP GROUP g c BLOCK 0 STREAMS k >") =>
  s`
    XADD k 1-1 a b
    XGROUP CREATE k g $
    @b & ${command}
    !sleep 20
`;
const wait = (command: string) =>
  s`
    XADD k 1-1 a b
    @b & ${command}
    !sleep 20
`;

const waiting = family("streams, waiting", {
  "XREAD BLOCK: entries that come": s`
    ${wait("XREAD BLOCK 0 STREAMS k $")}
    XADD k 2-1 x y
    @b <
    @b & XREAD BLOCK 0 STREAMS none k 5 $
    !sleep 20
    XADD none 4-1 a b
    XADD none 5-1 a b
    XADD none 6-1 a b
    @b <
    @b & XREAD COUNT 1 BLOCK 0 STREAMS k $
    !sleep 20
    MULTI
    XADD k 3-1 a b
    XADD k 3-2 a b
    EXEC
    @b <
    @b & XREAD BLOCK 0 STREAMS k 1
    @b <
  `,
  "XREAD BLOCK: the last ID is that of the time of the call": s`
    ${wait("XREAD BLOCK 0 STREAMS k $")}
    DEL k
    XADD k 1-1 a b
    XADD k 1-2 c d
    @b <
    @b & XREAD BLOCK 0 STREAMS new $
    !sleep 20
    XADD new 1-1 a b
    @b <
  `,
  "XREAD BLOCK: other types, other keys": s`
    ${wait("XREAD BLOCK 0 STREAMS k $")}
    SET k v
    DEL k
    LPUSH k x
    DEL k
    XADD k 9-9 e f
    @b <
    @b & XREAD BLOCK 0 STREAMS k $
    !sleep 20
    RENAME k w
    RENAME w k
    XADD k 10-1 g h
    @b <
    @b & XREAD BLOCK 0 STREAMS k 10-1
    !sleep 20
    XSETID k 20-0
    XADD k 21-0 i j
    @b <
    @b & XREAD BLOCK 0 STREAMS k 21-0
    !sleep 20
    XADD k MAXLEN 0 22-0 i j
    @b !silent 20
  `,
  "XREAD BLOCK: time": s`
    ${wait("XREAD BLOCK 20 STREAMS k $")}
    @b <
    @b XREAD BLOCK 1 STREAMS k 5
    @b XREADGROUP GROUP g c BLOCK 1 STREAMS k >
    XGROUP CREATE k g $
    @b XREADGROUP GROUP g c BLOCK 1 STREAMS k >
    XINFO CONSUMERS k g
    @b XREADGROUP GROUP g c BLOCK 1 STREAMS k 0
  `,
  "XREADGROUP BLOCK: entries that come": s`
    ${waitInGroup()}
    XADD k 2-1 x y
    @b <
    XPENDING k g
    @b & XREADGROUP GROUP g d COUNT 1 BLOCK 0 NOACK STREAMS k >
    !sleep 20
    XADD k 2-2 x y
    @b <
    XPENDING k g
    ~moments XINFO CONSUMERS k g
    @b & XREADGROUP GROUP g c BLOCK 0 STREAMS k >
    !sleep 20
    XGROUP SETID k g 0
    XADD k 3-1 x y
    @b <
    @b & XREADGROUP GROUP g c BLOCK 0 STREAMS k >
    !sleep 20
    XADD k MAXLEN 0 4-1 x y
    @b !silent 20
  `,
  "XREADGROUP BLOCK: who waits first is served first": s`
    XADD k 1-1 a b
    XGROUP CREATE k g $
    XGROUP CREATE k h $
    @a & XREADGROUP GROUP g a COUNT 1 BLOCK 0 STREAMS k >
    !sleep 20
    @b & XREADGROUP GROUP g b COUNT 1 BLOCK 0 STREAMS k >
    !sleep 20
    @c & XREADGROUP GROUP h c COUNT 1 BLOCK 0 STREAMS k >
    !sleep 20
    @d & XREADGROUP GROUP g d COUNT 5 BLOCK 0 STREAMS k >
    !sleep 20
    XADD k 2-1 a 1
    @a <
    @c <
    @a & XREADGROUP GROUP g a COUNT 1 BLOCK 0 STREAMS k >
    !sleep 20
    XADD k 2-2 a 1
    @b <
    MULTI
    XADD k 2-3 a 1
    XADD k 2-4 a 1
    EXEC
    @d <
    XADD k 2-5 a 1
    @a <
    XPENDING k g
    XPENDING k h
  `,
  "XREADGROUP BLOCK: the group goes": s`
    ${waitInGroup()}
    XGROUP DESTROY k g
    @b <
  `,
  "XREADGROUP BLOCK: the key goes": s`
    ${waitInGroup()}
    DEL k
    @b <
  `,
  "XREADGROUP BLOCK: the key becomes another": s`
    ${waitInGroup()}
    SET k v
    @b <
  `,
  "XREADGROUP BLOCK: the key is renamed": s`
    ${waitInGroup()}
    RENAME k j
    @b <
    XADD j 3-3 a b
    @b & XREADGROUP GROUP g c BLOCK 0 STREAMS j >
    @b <
    @b & XREADGROUP GROUP g c BLOCK 0 STREAMS j >
    !sleep 20
    XADD w 9-9 a b
    RENAME w j
    @b <
  `,
  "XREADGROUP BLOCK: a stream takes the key's place": s`
    ${waitInGroup()}
    XADD w 9-9 q r
    XGROUP CREATE w g 0
    COPY w k REPLACE
    @b <
  `,
  "XREADGROUP BLOCK: the key expires": s`
    ${waitInGroup()}
    PEXPIRE k 1
    @b <
  `,
  "XREADGROUP BLOCK: all keys go": s`
    ${waitInGroup()}
    FLUSHALL
    @b <
  `,
  "XREADGROUP BLOCK: one of several": s`
    XGROUP CREATE j g $ MKSTREAM
    ${waitInGroup("XREADGROUP GROUP g c BLOCK 0 STREAMS k j > >")}
    XADD j 1-1 a b
    @b <
    @b & XREADGROUP GROUP g c BLOCK 0 STREAMS k j > >
    !sleep 20
    DEL j
    @b <
    @b XREADGROUP GROUP g c BLOCK 0 STREAMS k j > >
  `,
  "CLIENT UNBLOCK": s`
    @b XADD k 1-1 a b
    @b =id CLIENT ID
    @b & XREAD BLOCK 0 STREAMS k $
    !sleep 20
    CLIENT UNBLOCK {id}
    @b <
    @b & XREAD BLOCK 0 STREAMS k $
    !sleep 20
    CLIENT UNBLOCK {id} ERROR
    @b <
  `,
});

export const streamBlockingChecks = waiting;

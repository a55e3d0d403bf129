/** Comparison cases of streams' groups, and of what reads streams. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const reading = family("streams, reading", {
  "XREAD: arguments": s`
    SET str x
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k2 1-1 c d
    XREAD
    XREAD STREAMS k
    XREAD STREAMS k 0
    XREAD STREAMS k k2 0
    XREAD STREAMS k k2 0 0
    xread count 1 streams k k2 0 0
    XREAD COUNT 0 STREAMS k k2 0 0
    XREAD COUNT -5 STREAMS k k2 0 0
    XREAD COUNT x STREAMS k 0
    XREAD COUNT 1 COUNT 2 STREAMS k 0
    XREAD BLOCK x STREAMS k 0
    XREAD BLOCK -1 STREAMS k 0
    XREAD BLOCK 0.5 STREAMS k 0
    XREAD BLOCK 9223372036854775808 STREAMS k 0
    XREAD BLOCK 0 STREAMS k 0
    XREAD FOO STREAMS k 0
    XREAD NOACK STREAMS k 0
    XREAD GROUP g c STREAMS k 0
    XREAD COUNT 1
    XREAD COUNT 1 STREAMS
    XREAD STREAMS k >
    XREAD STREAMS k $
    XREAD STREAMS k x
    XREAD STREAMS k -
    XREAD STREAMS k 2-1
    XREAD STREAMS k 1-1
    XREAD STREAMS k 1
    XREAD STREAMS k 18446744073709551615-18446744073709551615
    XREAD STREAMS none 0
    XREAD STREAMS none k 0 0
    XREAD STREAMS str 0
    XREAD STREAMS k str 0 0
    XREAD STREAMS k str 5 0
    XREAD STREAMS str str $ x
    XREAD STREAMS k k 0 1-1
    XREAD COUNT
    XREAD BLOCK 5 COUNT 2 STREAMS
    XDEL k 2-1
    XREAD STREAMS k 1-1
    XREAD STREAMS k $
    XREAD STREAMS k 0
    XREAD STREAMS streams STREAMS 0 0
    MULTI
    XREAD BLOCK 0 STREAMS k $
    EXEC
  `,
  "XREADGROUP: arguments": s`
    SET str x
    XADD k 1-1 a b
    XADD k2 1-1 c d
    XREADGROUP GROUP g c STREAMS k >
    XREADGROUP GROUP g c STREAMS k
    XREADGROUP GROUP g STREAMS k >
    XREADGROUP COUNT 1 STREAMS k > x y
    XREADGROUP GROUP g c STREAMS none >
    XREADGROUP GROUP g c STREAMS str >
    XREADGROUP GROUP g c STREAMS k $
    XREADGROUP GROUP g c STREAMS k x
    XGROUP CREATE k g 0
    XREADGROUP GROUP g c STREAMS k $
    XREADGROUP GROUP g c STREAMS k +
    XREADGROUP GROUP g c STREAMS k -
    XREADGROUP GROUP g c STREAMS k x
    XREADGROUP GROUP g c STREAMS k 0
    XREADGROUP GROUP g c COUNT 0 STREAMS k >
    XREADGROUP GROUP g c STREAMS k >
    XADD k 3-1 e f
    XADD k 3-2 e f
    XADD k 3-3 e f
    XREADGROUP GROUP g c NOACK COUNT 1 STREAMS k >
    XREADGROUP NOACK COUNT 1 GROUP g c STREAMS k >
    XREADGROUP COUNT 1 GROUP g c GROUP g c2 STREAMS k >
    XREADGROUP GROUP g c2 STREAMS k 0
    XREADGROUP GROUP g c STREAMS k 0
    XREADGROUP GROUP g c COUNT 1 STREAMS k 0
    XREADGROUP GROUP g c STREAMS k 1-1
    XREADGROUP GROUP g c STREAMS k 18446744073709551615-18446744073709551615
    XDEL k 1-1
    XREADGROUP GROUP g c STREAMS k 0
    XREADGROUP GROUP g new STREAMS k >
    XREADGROUP GROUP g new2 STREAMS k 5
    XREADGROUP GROUP g c STREAMS k k2 > >
    XREADGROUP GROUP g c STREAMS k k2 0 >
    XGROUP CREATE k2 g 0
    XREADGROUP GROUP g c STREAMS k k2 > >
    XREADGROUP GROUP g c STREAMS k k2 0 >
    XREADGROUP GROUP g c STREAMS k k2 0 0
    ~moments XINFO STREAM k FULL
    ~moments XINFO STREAM k2 FULL
    XREADGROUP GROUP nogroup c STREAMS k k2 > >
    XREADGROUP GROUP g c BLOCK x STREAMS k >
    XREADGROUP GROUP g c FOO STREAMS k >
    XREADGROUP GROUP g c BLOCK 0 STREAMS k 0
  `,
  "XREADGROUP: delivers once, and what was delivered again": s`
    CONFIG SET stream-node-max-entries 3
    ${Array.from({ length: 12 }, (_, i) => `XADD k ${i + 1}-0 f v${i}`).join("\n")}
    XGROUP CREATE k g 2
    XGROUP CREATE k all 0
    XREADGROUP GROUP g a COUNT 4 STREAMS k >
    XREADGROUP GROUP g b COUNT 2 STREAMS k >
    XREADGROUP GROUP all a STREAMS k >
    XDEL k 5-0 7-0 10-0
    XREADGROUP GROUP g a STREAMS k >
    XREADGROUP GROUP g a STREAMS k >
    XREADGROUP GROUP g a STREAMS k 0
    XREADGROUP GROUP g a COUNT 2 STREAMS k 3
    XREADGROUP GROUP g b STREAMS k 0
    XACK k g 3-0 8-0 5-0 99-0
    XREADGROUP GROUP g a STREAMS k 0
    XREADGROUP GROUP g b STREAMS k 0
    XGROUP SETID k g 3
    XREADGROUP GROUP g b COUNT 3 STREAMS k >
    ~moments XPENDING k g - + 100
    ~moments XINFO STREAM k FULL COUNT 0
    ~moments XINFO STREAM k FULL COUNT 2
    XGROUP SETID k g 1
    XREADGROUP GROUP g a STREAMS k k k 2 > 4
    ~moments XPENDING k g - + 100
    XTRIM k MAXLEN 1
    XREADGROUP GROUP all a COUNT 3 STREAMS k 6
    ~moments XINFO STREAM k FULL COUNT 0
  `,
});

const groups = family("streams, groups", {
  "XGROUP: options more than once": s`
    XADD s 1-1 a b
    SET text v
    XGROUP CREATE missing h 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
    XGROUP CREATE missing h 0 ENTRIESREAD 0 ENTRIESREAD 0
    XGROUP CREATE text h 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
    XGROUP CREATE s h x ENTRIESREAD 0 ENTRIESREAD 0
    XGROUP CREATE s h 0 ENTRIESREAD 0 ENTRIESREAD x
    XGROUP CREATE s h 0 ENTRIESREAD 0 MKSTREAM MKSTREAM
    XGROUP CREATE s h 0 MKSTREAM MKSTREAM MKSTREAM
    XGROUP SETID s h 0 ENTRIESREAD 0 ENTRIESREAD 0
    XGROUP SETID s nogroup 0 ENTRIESREAD 0 ENTRIESREAD 0
    XGROUP SETID missing h 0 ENTRIESREAD 0 ENTRIESREAD 0
    XGROUP SETID text h 0 ENTRIESREAD 0 ENTRIESREAD 0
    EXISTS missing
  `,
  "XGROUP: arguments": s`
    XGROUP
    XGROUP CREATE
    XGROUP CREATE k g
    XGROUP CREATE k g 0
    XGROUP CREATE k g x
    XGROUP CREATE k g 0 FOO
    XGROUP CREATE k g x FOO
    XGROUP CREATE k g 0 MKSTREAM ENTRIESREAD
    XGROUP CREATE k g 0 ENTRIESREAD x
    XGROUP CREATE k g 0 ENTRIESREAD -2
    XGROUP CREATE k g x MKSTREAM
    EXISTS k
    XGROUP CREATE k g 0 ENTRIESREAD -1 MKSTREAM
    XGROUP CREATE k g 0
    XGROUP CREATE k g2 $ MKSTREAM ENTRIESREAD 5
    XGROUP CREATE k g3 - MKSTREAM
    XGROUP CREATE k g3 +
    XGROUP CREATE k g3 5
    XGROUP CREATE k g4 5-
    XGROUP CREATE k "" 0
    XGROUP CREATE k "\x00\xff" 0-5 ENTRIESREAD 9223372036854775807
    TYPE k
    XLEN k
    SET str x
    XGROUP CREATE str g x
    XGROUP CREATE str g 0
    XGROUP CREATE str g 0 ENTRIESREAD x
    XGROUP SETID
    XGROUP SETID k g
    XGROUP SETID k g 5 ENTRIESREAD -5
    XGROUP SETID k g 5 ENTRIESREAD 5
    XGROUP SETID k g $
    XGROUP SETID k g 5 MKSTREAM
    XGROUP SETID k nog 5
    XGROUP SETID k nog x
    XGROUP SETID none g 5
    XGROUP SETID none g x
    XGROUP SETID str g 5
    XGROUP SETID k g x
    XGROUP SETID k g (5
    XGROUP SETID k g -
    XGROUP SETID k g +
    ~moments XINFO GROUPS k
    XGROUP DESTROY none g
    XGROUP DESTROY k nog
    XGROUP DESTROY k g2
    XGROUP DESTROY str g2
    XGROUP CREATECONSUMER none g c
    XGROUP CREATECONSUMER k nog c
    XGROUP CREATECONSUMER k g c
    XGROUP CREATECONSUMER k g c
    XGROUP CREATECONSUMER str g c
    XGROUP CREATECONSUMER k g ""
    ~moments XINFO CONSUMERS k g
    XGROUP DELCONSUMER none g c
    XGROUP DELCONSUMER k nog c
    XGROUP DELCONSUMER k g nocons
    XGROUP DELCONSUMER k g c
    XGROUP DELCONSUMER k g c x
    XGROUP FOO k g
    ~type XGROUP HELP
    XGROUP HELP x
    ~moments XINFO STREAM k FULL
  `,
  "XINFO: arguments": s`
    SET str x
    XINFO
    ~type XINFO HELP
    XINFO STREAM none
    XINFO STREAM str
    XGROUP CREATE k g 0 MKSTREAM
    XINFO STREAM k
    ~moments XINFO STREAM k FULL
    XINFO STREAM k FOO
    XINFO STREAM k FULL COUNT
    XINFO STREAM k FULL COUNT x
    ~moments XINFO STREAM k FULL COUNT -1
    XINFO STREAM k FULL FOO 5
    XINFO STREAM k FULL COUNT 5 6
    XINFO STREAM none FULL FOO 5
    XINFO GROUPS none
    XINFO GROUPS str
    XINFO GROUPS k
    XINFO GROUPS k x
    XINFO CONSUMERS none g
    XINFO CONSUMERS str g
    XINFO CONSUMERS k nog
    XINFO CONSUMERS k g
    XINFO FOO k
    XADD k 1-1 a b
    XADD k 1-2 a b c d
    XINFO STREAM k
    XDEL k 1-1
    XINFO STREAM k
    XDEL k 1-2
    XINFO STREAM k
  `,
  "XINFO STREAM: nodes of a radix tree": s`
    CONFIG SET stream-node-max-entries 1
    XADD k 1-1 a b
    XINFO STREAM k
    XADD k 1-2 a b
    XINFO STREAM k
    XADD k 1-256 a b
    XINFO STREAM k
    XADD k 2-0 a b
    XINFO STREAM k
    XADD k 256-7 a b
    XINFO STREAM k
    XADD k 72057594037927936-1 a b
    XINFO STREAM k
    XADD k 72057594037927936-2 a b
    XADD k 72057594037927937-2 a b
    XADD k 144115188075855872-2 a b
    XINFO STREAM k
    XDEL k 1-2
    XINFO STREAM k
    XDEL k 256-7 72057594037927936-1
    XINFO STREAM k
  `,
  "entries read, and the lag": s`
    XADD k 1-1 a b
    XADD k 1-2 a b
    XADD k 1-3 a b
    XADD k 1-4 a b
    XADD k 1-5 a b
    XGROUP CREATE k a 0
    XGROUP CREATE k b 1-3
    XGROUP CREATE k c $
    XGROUP CREATE k d 0 ENTRIESREAD 3
    XGROUP CREATE k e 1-1
    XINFO GROUPS k
    XREADGROUP GROUP a x COUNT 2 STREAMS k >
    XREADGROUP GROUP b x COUNT 1 STREAMS k >
    XREADGROUP GROUP e x COUNT 1 STREAMS k >
    XINFO GROUPS k
    XDEL k 1-3
    XINFO GROUPS k
    XREADGROUP GROUP a x COUNT 1 STREAMS k >
    XREADGROUP GROUP e x COUNT 1 STREAMS k >
    XINFO GROUPS k
    XREADGROUP GROUP a x STREAMS k >
    XREADGROUP GROUP b x STREAMS k >
    XREADGROUP GROUP d x STREAMS k >
    XREADGROUP GROUP e x STREAMS k >
    XINFO GROUPS k
    XADD k 1-6 a b
    XTRIM k MAXLEN 2
    XINFO GROUPS k
    XGROUP SETID k a 1-5
    XGROUP SETID k b 0 ENTRIESREAD 0
    XINFO GROUPS k
    XTRIM k MAXLEN 0
    XINFO GROUPS k
    XADD k 2-1 a b
    XINFO GROUPS k
    XSETID k 9-9 ENTRIESADDED 100 MAXDELETEDID 8-8
    XINFO GROUPS k
    XREADGROUP GROUP a x STREAMS k >
    XINFO GROUPS k
  `,
  "XSETID: arguments": s`
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k 2-2 a b
    XSETID k
    XSETID none 1
    XSETID none x
    XSETID k x
    XSETID k -
    XSETID k +
    XSETID k (9
    XSETID k 1-1
    XSETID k 5-5
    XSETID k 5-5 ENTRIESADDED 1
    XSETID k 5-5 ENTRIESADDED 1 MAXDELETEDID 3-3
    XSETID k 5-5 ENTRIESADDED 10 MAXDELETEDID 3-3
    XSETID k 5-5 ENTRIESADDED 10 MAXDELETEDID 8-3
    XSETID k 2-2 MAXDELETEDID 2-1 ENTRIESADDED 10
    XSETID k 2-2 ENTRIESADDED -1 MAXDELETEDID 2-1
    XSETID k 2-2 ENTRIESADDED x MAXDELETEDID 2-1
    XSETID k 2-2 MAXDELETEDID x
    XSETID k 2-2 MAXDELETEDID 2-1
    XSETID k 2-2 FOO
    XSETID k 2-2 ENTRIESADDED
    XSETID k 1-1 ENTRIESADDED 4 MAXDELETEDID 0
    XSETID k 2-1 ENTRIESADDED 2 MAXDELETEDID 2-5
    XSETID k 1-1 MAXDELETEDID 2-9 ENTRIESADDED x
    XSETID k 1-1 ENTRIESADDED x MAXDELETEDID 2-9
    XSETID k 1-1 MAXDELETEDID 2-9 FOO
    XSETID none 1-1 MAXDELETEDID 2-9
    SET str x
    XSETID str 1
    XSETID str x
    XSETID none x ENTRIESADDED z
    XSETID k 3-1 ENTRIESADDED 5 MAXDELETEDID 0-0
    XSETID k 5-6 ENTRIESADDED 9 MAXDELETEDID 3-4
    XINFO STREAM k
    XTRIM k MAXLEN 0
    XSETID k 6-1
    XSETID k 5-1 ENTRIESADDED 0 MAXDELETEDID 5-1
    XINFO STREAM k
    XADD k 1-1 a b
    XADD k 1-2 a b
    XINFO STREAM k
  `,
});

/** A group with three entries of five pending for c. */
const PENDING = `
    SET str x
    XADD k 1-1 a b
    XADD k 2-1 a b
    XADD k 3-1 a b
    XADD k 4-1 a b
    XADD k 5-1 a b
    XGROUP CREATE k g 0
    XREADGROUP GROUP g c COUNT 3 STREAMS k >
`;

const pending = family("streams, pending", {
  "XACK: arguments": s`
    ${PENDING}
    XACK
    XACK k g
    XACK k g x
    XACK none g x
    XACK none g 1
    XACK k nog 1
    XACK k nog x
    XACK str g 1
    XACK str g x
    XACK k g 1-1 x
    XACK k g 1-1 1-1 5 3-1
    XACK k g 3-1
    XACK k g 2-1
    XACK k g 2-1
    XPENDING k g
  `,
  "XPENDING: arguments": s`
    ${PENDING}
    XADD k2 1-1 a b
    XGROUP CREATE k2 g 0
    XPENDING
    XPENDING k
    XPENDING k g IDLE 0 x y z c more
    XPENDING k g x y z c more IDLE 0
    XPENDING k g
    XPENDING k2 g
    XPENDING k nog
    XPENDING none g
    XPENDING str g
    XPENDING k g - +
    ~moments XPENDING k g - + 10
    ~moments XPENDING k2 g - + 10
    ~moments XPENDING k g - + 10 c
    ~moments XPENDING k g - + 2 c
    ~moments XPENDING k g - + 10 nocons
    ~moments XPENDING k g - + 10 c d
    ~moments XPENDING k g IDLE 0 - + 10 c
    ~moments XPENDING k g IDLE 100000 - + 10 c
    XPENDING k g IDLE x - + 10 c
    XPENDING k g IDLE 0 - + x c
    XPENDING k g IDLE 0 - +
    XPENDING k g IDLE
    XPENDING k g IDLE 5
    XPENDING k g FOO 5 - + 10
    XPENDING k g x + 10
    XPENDING k g - x 10
    ~moments XPENDING k g - (3-1 10
    ~moments XPENDING k g (1-1 3 10
    XPENDING k g (18446744073709551615-18446744073709551615 + 10
    XPENDING k g - (0-0 10
    XPENDING k g - + 0
    XPENDING k g - + -5
    ~moments XPENDING k g IDLE -5 - + 5
    XPENDING none g - + 0
    XPENDING none g x + 5
    XPENDING none g - + x
    XCLAIM k g d 0 2-1 IDLE 100000 JUSTID
    ~moments XPENDING k g IDLE 50000 - + 10
    ~moments XPENDING k g IDLE 50000 - + 10 d
    ~moments XPENDING k g IDLE 50000 - + 10 c
    XPENDING k g
    XACK k g 1-1 2-1 3-1
    XPENDING k g
  `,
  "XCLAIM: errors show words up to a zero byte": s`
    XCLAIM "k\x00z" "g\x00h" c 0 1-1
    XPENDING "k\x00z" "g\x00h"
    XREADGROUP GROUP "g\x00h" c STREAMS "k\x00z" >
    XADD "k\x00z" 1-1 a b
    XINFO CONSUMERS "k\x00z" "g\x00h"
    XGROUP SETID "k\x00z" "g\x00h" 0
    EXPIRE "k\x00z" 1 "x\x00y"
    CLIENT LIST TYPE "x\x00y"
    DEBUG "x\x00y"
    HELLO 3 "x\x00y"
  `,
  "XCLAIM: arguments": s`
    ${PENDING}
    XCLAIM k g d
    XCLAIM k g d 0
    XCLAIM k g d x 1-1
    XCLAIM k g d 0 x
    XCLAIM k g d 0 1-1 x
    XCLAIM k g d 0 1-1 FOO
    XCLAIM k nog d 0 1-1
    XCLAIM none g d 0 1-1
    XCLAIM str g d 0 1-1
    XCLAIM none g d x 1-1
    XCLAIM none g d 0 x
    XCLAIM k nog d x x
    XCLAIM k g d -5 1-1
    ~moments XPENDING k g - + 10
    XCLAIM k g d 100000 1-1 2-1
    XCLAIM k g d 0 1-1 IDLE
    XCLAIM k g d 0 1-1 IDLE x
    XCLAIM k g d 0 1-1 IDLE 5 TIME x
    XCLAIM k g d 0 1-1 RETRYCOUNT x
    XCLAIM k g d 0 1-1 idle 5 retrycount x
    XCLAIM k g d 0 1-1 RETRYCOUNT -1
    XCLAIM k g d 0 1-1 RETRYCOUNT -5
    ~moments XPENDING k g - + 1
    XCLAIM k g d 0 1-1 RETRYCOUNT 9223372036854775807
    ~moments XPENDING k g - + 1
    XCLAIM k g d 0 1-1 TIME 1000 JUSTID
    ~moments XINFO STREAM k FULL
    XCLAIM k g d 0 1-1 2-1 9-9 TIME -5 RETRYCOUNT 7 JUSTID
    XCLAIM k g d 0 1-1 IDLE -1000
    XCLAIM k g d 0 1-1 IDLE 99999999999999
    ~moments XPENDING k g - + 1
    XCLAIM k g d 0 1-1 LASTID x
    XCLAIM k g d 0 1-1 LASTID 9-9 JUSTID
    XCLAIM k g d 0 1-1 LASTID 8-9 JUSTID
    XINFO GROUPS k
    XCLAIM k g d 0 4-1
    XCLAIM k g d 0 4-1 FORCE
    ~moments XPENDING k g - + 10
    XCLAIM k g d 0 5-1 FORCE JUSTID
    ~moments XPENDING k g - + 10
    XCLAIM k g d 0 7-7 FORCE
    XCLAIM k g newc 0 99-1
    XCLAIM k g newc 0 99-1 JUSTID LASTID 5-5
    ~moments XINFO CONSUMERS k g
    XDEL k 2-1
    XCLAIM k g e 0 2-1
    XPENDING k g
    XCLAIM k g e 0 4-1 1-1 RETRYCOUNT 5 IDLE 100000
    ~moments XPENDING k g - + 10
    XCLAIM k g e 200000 4-1
    XCLAIM k g f 50000 4-1 1-1 3-1
    XCLAIM k g e 0 1-1 TIME 99999999999999
    XCLAIM k g e 0 1-1 force justid Force
    XCLAIM k g e 0 force 1-1
    XCLAIM k g e 0 1-1 2-1 RETRYCOUNT 3 LASTID 6 FORCE IDLE
    ~moments XINFO STREAM k FULL
  `,
  "XAUTOCLAIM: arguments": s`
    ${PENDING}
    XAUTOCLAIM
    XAUTOCLAIM k g c 0
    XAUTOCLAIM k g c 0 x
    XAUTOCLAIM k g c x 0
    XAUTOCLAIM none g c 0 0
    XAUTOCLAIM str g c 0 0
    XAUTOCLAIM k nog c 0 0
    XAUTOCLAIM none g c x 0
    XAUTOCLAIM none g c 0 0 FOO
    XAUTOCLAIM none g c 0 0 COUNT x
    XAUTOCLAIM none g c 0 0 COUNT
    XAUTOCLAIM k g f 0 0 COUNT 0
    XAUTOCLAIM k g f 0 0 COUNT -1
    XAUTOCLAIM k g f 0 - COUNT 1
    XAUTOCLAIM k g f 0 + COUNT 1
    XAUTOCLAIM k g f 0 0 COUNT 1
    XAUTOCLAIM k g f 0 (1-1 COUNT 1 JUSTID
    XAUTOCLAIM k g f 0 (18446744073709551615-18446744073709551615 COUNT 1 JUSTID
    XAUTOCLAIM k g f 0 0 COUNT 1000000000000000000
    XAUTOCLAIM k g f 0 0
    ~moments XPENDING k g - + 10
    XREADGROUP GROUP g c STREAMS k >
    XDEL k 1-1 3-1
    XAUTOCLAIM k g h 0 0 COUNT 1
    XAUTOCLAIM k g h 0 0 COUNT 1
    XAUTOCLAIM k g h 0 0 COUNT 2
    XAUTOCLAIM k g h 100000 0 COUNT 5
    XAUTOCLAIM k g i 100000 0 COUNT 5
    XAUTOCLAIM k g i 0 99 COUNT 5
    ~moments XINFO STREAM k FULL
    XAUTOCLAIM k g zz 0 0 JUSTID JUSTID COUNT 1 COUNT 2
    XAUTOCLAIM k g zz -5 0
  `,
  "XAUTOCLAIM: looks at ten for each one wanted": s`
    ${Array.from({ length: 30 }, (_, i) => `XADD k ${i + 1}-0 f v${i}`).join("\n")}
    XGROUP CREATE k g 0
    XREADGROUP GROUP g c STREAMS k >
    XCLAIM k g c 0 25-0 27-0 IDLE 100000 JUSTID
    XAUTOCLAIM k g d 50000 0 COUNT 1
    XAUTOCLAIM k g d 50000 0 COUNT 2
    XAUTOCLAIM k g d 50000 11 COUNT 2
    XAUTOCLAIM k g d 50000 11 COUNT 2
    XAUTOCLAIM k g d 50000 25 COUNT 1 JUSTID
    XPENDING k g
  `,
  "COPY, RENAME and DEL with groups": s`
    ${PENDING}
    XCLAIM k g d 0 2-1 TIME 5000 RETRYCOUNT 9 JUSTID
    XGROUP CREATE k h 2 ENTRIESREAD 2
    COPY k copy
    RENAME k renamed
    XACK renamed g 1-1 2-1
    ~moments XINFO STREAM copy FULL
    ~moments XINFO STREAM renamed FULL
    XREADGROUP GROUP g d STREAMS copy 0
    XGROUP DELCONSUMER copy g c
    ~moments XINFO STREAM copy FULL
    XGROUP DESTROY copy g
    ~moments XINFO STREAM copy FULL
    DEL copy
    XREADGROUP GROUP g c STREAMS renamed 0
    XGROUP DELCONSUMER renamed g c
    XPENDING renamed g
  `,
});

export const streamGroupChecks = [...reading, ...groups, ...pending];

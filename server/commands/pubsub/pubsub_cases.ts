/** Comparison cases of Pub/Sub. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const subscriptions = family("pubsub", {
  "SUBSCRIBE: every channel is confirmed, once more when it is no news": s`
    SUBSCRIBE
    SUBSCRIBE a b a
    < 2
    PSUBSCRIBE a* ? a*
    < 2
    SSUBSCRIBE a
    @b SSUBSCRIBE
    @b PSUBSCRIBE
    UNSUBSCRIBE a nobody a
    < 2
    PUNSUBSCRIBE a*
    SUNSUBSCRIBE a a
    <
    @b PUBSUB NUMPAT
    UNSUBSCRIBE
    PUNSUBSCRIBE
    SUNSUBSCRIBE
    GET k
  `,
  "UNSUBSCRIBE: of nothing": s`
    UNSUBSCRIBE
    PUNSUBSCRIBE
    SUNSUBSCRIBE
    UNSUBSCRIBE a b
    <
    PUNSUBSCRIBE a*
    SUNSUBSCRIBE ""
    GET k
  `,
  "UNSUBSCRIBE: of all at once": s`
    SUBSCRIBE a
    UNSUBSCRIBE
    SSUBSCRIBE s
    SUBSCRIBE one
    PSUBSCRIBE p
    SUNSUBSCRIBE
    PUNSUBSCRIBE
    UNSUBSCRIBE
    PING
  `,
  "SUBSCRIBE: odd names": s`
    SUBSCRIBE ""
    SUBSCRIBE "\x00\xff\r\n"
    PSUBSCRIBE "" "[" "\\"
    < 2
    @b PUBLISH "" empty
    <
    @b PUBLISH "\x00\xff\r\n" "\x00\r\n\xff"
    <
    @b PUBLISH "[" m
    @b PUBLISH "\\" ""
    <
    @b PUBSUB NUMSUB "" "\x00\xff\r\n" "["
    @b ~unordered PUBSUB CHANNELS
  `,
  "SUBSCRIBE: only a few commands are left in RESP2": s`
    !resp2
    SUBSCRIBE a
    PING
    PING text
    PING two words
    ping ""
    GET k
    get
    NOTHING
    SET k v
    PUBLISH a m
    SPUBLISH a m
    CLIENT ID x
    PUBSUB HELP
    HELLO 3
    COMMAND COUNT x
    UNSUBSCRIBE a
    GET k
    SSUBSCRIBE s
    GET k
    SUNSUBSCRIBE s
    PSUBSCRIBE *
    PUBLISH a b
    PUNSUBSCRIBE *
    QUIT
    !closed
  `,
  "SUBSCRIBE: QUIT and RESET end it": s`
    SUBSCRIBE a
    PSUBSCRIBE a*
    SSUBSCRIBE s
    RESET
    PUBSUB NUMSUB a
    PUBSUB NUMPAT
    PUBSUB SHARDNUMSUB s
    PUBLISH a m
    SUBSCRIBE a
    QUIT
    !closed
    @b PUBSUB NUMSUB a
    @b PUBSUB CHANNELS
  `,
  "SUBSCRIBE: a hang-up ends it": s`
    @b SUBSCRIBE hung
    @b PSUBSCRIBE hun?
    PUBSUB NUMSUB hung
    PUBLISH hung up
    @b < 2
    @b !hangup
    !sleep 30
    PUBSUB NUMSUB hung
    PUBSUB NUMPAT
    PUBSUB CHANNELS
    PUBLISH hung up
  `,
  "SUBSCRIBE: within a pipeline": s`
    > PING\r\nSUBSCRIBE a b\r\nPING\r\nGET k\r\nUNSUBSCRIBE a b\r\nGET k\r\n
    < 8
  `,
  "SSUBSCRIBE: not in a transaction, unlike the others": s`
    MULTI
    SSUBSCRIBE a b
    PSUBSCRIBE a*
    EXEC
    PUBSUB SHARDCHANNELS
    PUBSUB NUMPAT
  `,
  "HELLO: a subscriber changes its protocol": s`
    !resp3
    SUBSCRIBE a
    GET k
    PING
    ~shape HELLO 2
    GET k
    PING
    @b PUBLISH a m
    <
    UNSUBSCRIBE
    GET k
    ~shape HELLO 3
    SUBSCRIBE b
    @b PUBLISH b m
    <
  `,
  "CLIENT REPLY: messages and confirmations come through": s`
    & CLIENT REPLY OFF
    & PING
    SUBSCRIBE a
    & GET k
    @b PUBLISH a m
    <
    UNSUBSCRIBE a
    & PING
    !silent
    CLIENT REPLY ON
  `,
  "CLIENT REPLY: a skipped reply and a message": s`
    !resp3
    SUBSCRIBE a
    & CLIENT REPLY SKIP
    & PUBLISH a 1
    <
    PUBLISH a 2
    <
  `,
});

const messages = family("pubsub", {
  "PUBLISH: to nobody": s`
    PUBLISH
    PUBLISH a
    PUBLISH a b c
    PUBLISH a b
    SPUBLISH a
    SPUBLISH a b
    PUBLISH "" ""
  `,
  "PUBLISH: the channel's subscribers, then those of patterns": s`
    @b SUBSCRIBE news
    @c PSUBSCRIBE n*
    @c SUBSCRIBE news
    @d PSUBSCRIBE *x* [^a]ews
    @d <
    PUBLISH news one
    @b <
    @c < 2
    @d <
    PUBLISH nxt two
    @b !silent
    @c <
    @d <
    PUBLISH NEWS three
    PUBLISH Vews three
    @d <
    SPUBLISH news four
    @b !silent
  `,
  "SPUBLISH: shard channels are apart": s`
    @b SSUBSCRIBE s
    @c SUBSCRIBE s
    SPUBLISH s 1
    @b <
    PUBLISH s 2
    @c <
    PUBSUB SHARDCHANNELS
    PUBSUB CHANNELS
    PUBSUB SHARDNUMSUB s t
    PUBSUB NUMSUB s t
    @b !silent
  `,
  "PUBLISH: one's own message comes before the reply": s`
    !resp3
    SUBSCRIBE a
    PSUBSCRIBE ?
    PUBLISH a m
    < 2
    SSUBSCRIBE a
    SPUBLISH a m
    <
    > PUBLISH a 1\r\nPING\r\nPUBLISH a 2\r\nPING\r\n
    < 8
  `,
  "PUBLISH: many messages in one pipeline, to several": s`
    @b SUBSCRIBE a
    @c SUBSCRIBE a b
    @c <
    @d PSUBSCRIBE a b
    @d <
    > PUBLISH a 1\r\nPUBLISH b 2\r\nPUBLISH a 3\r\nPUBLISH a 4\r\nPUBLISH b 5\r\nPUBLISH a 6\r\n
    < 6
    @b < 4
    @c < 6
    @d < 6
  `,
  "PUBLISH: between a subscriber's own replies": s`
    !resp3
    @b SUBSCRIBE a
    @b ECHO 1
    PUBLISH a 1
    @b <
    @b > ECHO 2\r\nPUBLISH a 2\r\nECHO 3\r\nPUBLISH a 3\r\n
    @b < 6
    > PUBLISH a 4\r\nPUBLISH a 5\r\n
    < 2
    @b < 2
  `,
  "PUBLISH: subscribers of both protocols": s`
    @b ~shape HELLO 2
    @b SUBSCRIBE a
    @c ~shape HELLO 3
    @c SUBSCRIBE a
    @d ~shape HELLO 3
    @d PSUBSCRIBE *
    > PUBLISH a 1\r\nPUBLISH a 2\r\n
    < 2
    @b < 2
    @c < 2
    @d < 2
  `,
  "PUBLISH: long messages": s`
    @b SUBSCRIBE long
    @c PSUBSCRIBE *
    ${"PUBLISH long " + "x".repeat(100_000)}
    @b <
    @c <
    ${Array(6).fill("& PUBLISH long " + "y".repeat(90_000)).join("\n")}
    < 6
    @b < 6
    @c < 6
  `,
});

const inspection = family("pubsub", {
  "PUBSUB: arity and unknown words": s`
    PUBSUB
    PUBSUB NOTHING
    PUBSUB CHANNELS a b
    PUBSUB SHARDCHANNELS a b
    PUBSUB NUMPAT x
    PUBSUB HELP x
    ~type PUBSUB HELP
    PUBSUB NUMSUB
    PUBSUB SHARDNUMSUB
    PUBSUB CHANNELS
    PUBSUB SHARDCHANNELS
    PUBSUB NUMPAT
  `,
  "PUBSUB CHANNELS: with patterns": s`
    @b SUBSCRIBE ab ac bc ""
    @b < 3
    @c SSUBSCRIBE sab sac
    @c <
    ~unordered PUBSUB CHANNELS
    ~unordered PUBSUB CHANNELS a*
    ~unordered PUBSUB CHANNELS ?c
    PUBSUB CHANNELS A*
    PUBSUB CHANNELS ""
    ~unordered PUBSUB SHARDCHANNELS
    PUBSUB SHARDCHANNELS *c
    PUBSUB NUMSUB ab AB ab ""
  `,
  "PUBSUB NUMPAT: counts patterns, not subscriptions": s`
    @b PSUBSCRIBE a* b*
    @b <
    @c PSUBSCRIBE a*
    PUBSUB NUMPAT
    @b PUNSUBSCRIBE a*
    PUBSUB NUMPAT
    @c PUNSUBSCRIBE
    PUBSUB NUMPAT
  `,
  "CLIENT LIST: subscribers": s`
    @b SUBSCRIBE a b
    @b <
    @b PSUBSCRIBE p
    @c SSUBSCRIBE s
    ~client CLIENT LIST TYPE PUBSUB
    @c SUNSUBSCRIBE s
    ~client CLIENT LIST TYPE PUBSUB
    CLIENT KILL TYPE PUBSUB
    @b !closed
    PUBSUB CHANNELS
    PUBSUB NUMPAT
    @c PING
  `,
  "CLIENT KILL: a subscriber that kills its like": s`
    !resp3
    SUBSCRIBE a
    @b SUBSCRIBE a
    CLIENT KILL TYPE pubsub SKIPME no
    !closed
    @b !closed
  `,
  "CLIENT PAUSE: WRITE holds publications": s`
    @b SUBSCRIBE a
    CLIENT PAUSE 1500 WRITE
    @c & PUBLISH a m
    @b !silent
    CLIENT UNPAUSE
    @c <
    @b <
  `,
  "CONFIG: a slow subscriber is closed, nobody else": s`
    CONFIG SET client-output-buffer-limit "pubsub 200000 0 0"
    @b SUBSCRIBE a
    @c GET k
    ${"PUBLISH a " + "x".repeat(250_000)}
    PUBLISH a m
    @c GET k
    PUBSUB NUMSUB a
  `,
});

/** The cases of this file. */
export const pubsubChecks = [...subscriptions, ...messages, ...inspection];

/** Comparison cases of CLIENT and its subcommands. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const names = family("client", {
  "CLIENT ID: grows, arity": s`
    ~type CLIENT ID
    CLIENT ID x
    client id x
    ~type client id
    CLIENT HELP x
    ~type CLIENT HELP
  `,
  "CLIENT SETNAME: good and bad names": s`
    CLIENT SETNAME
    CLIENT SETNAME a b
    CLIENT GETNAME
    CLIENT GETNAME x
    CLIENT SETNAME tester
    CLIENT GETNAME
    CLIENT SETNAME "with space"
    CLIENT SETNAME "with\nbreak"
    CLIENT SETNAME "with\ttab"
    CLIENT SETNAME "nul\x00"
    CLIENT SETNAME "\x7f"
    CLIENT SETNAME "\xc3\xa9"
    CLIENT GETNAME
    CLIENT SETNAME "!~"
    CLIENT GETNAME
    ~client CLIENT INFO
    CLIENT SETNAME ""
    CLIENT GETNAME
    ~client CLIENT INFO
  `,
  "CLIENT INFO: fields": s`
    CLIENT INFO x
    ~client CLIENT INFO
    SELECT 5
    CLIENT SETNAME abc
    ~client CLIENT INFO
    ~client client info
    CLIENT NO-EVICT ON
    ~client CLIENT INFO
    CLIENT NO-EVICT OFF
    ~client CLIENT INFO
  `,
  "CLIENT NO-EVICT: on, off, errors": s`
    CLIENT NO-EVICT
    CLIENT NO-EVICT on
    CLIENT NO-EVICT OFF
    CLIENT NO-EVICT maybe
    CLIENT NO-EVICT ""
    CLIENT NO-EVICT on off
  `,
  "CLIENT LIST: filters": s`
    =id CLIENT ID
    @b =bid CLIENT ID
    @b CLIENT SETNAME bee
    ~client CLIENT LIST ID {id}
    ~client CLIENT LIST ID {bid}
    ~client CLIENT LIST ID {id} {bid}
    ~client CLIENT LIST ID {bid} {id}
    ~client CLIENT LIST ID {bid} {bid} 999999999
    CLIENT LIST ID 999999999
    ~type CLIENT LIST
    ~type CLIENT LIST TYPE normal
    ~type CLIENT LIST TYPE NORMAL
    CLIENT LIST TYPE pubsub
    CLIENT LIST TYPE replica
    CLIENT LIST TYPE slave
    CLIENT LIST TYPE master
    @b SELECT 2
    @b GET k
    ~client CLIENT LIST ID {bid}
  `,
  "CLIENT LIST: errors": s`
    CLIENT LIST TYPE
    CLIENT LIST TYPE bogus
    CLIENT LIST TYPE ""
    CLIENT LIST TYPE normal extra
    CLIENT LIST TYPE normal TYPE normal
    CLIENT LIST ID
    CLIENT LIST ID abc
    CLIENT LIST ID 0
    CLIENT LIST ID -1
    CLIENT LIST ID 1.5
    CLIENT LIST ID 9223372036854775808
    CLIENT LIST ID 1 abc
    CLIENT LIST bogus
    CLIENT LIST bogus x
    CLIENT LIST ""
  `,
});

const kill = family("client", {
  "CLIENT KILL: by address": s`
    @b PING
    CLIENT KILL {addr:b}
    @b !closed
    CLIENT KILL {addr:b}
    CLIENT KILL 1.2.3.4:5
    CLIENT KILL nonsense
    CLIENT KILL ""
    PING
  `,
  "CLIENT KILL: itself, old form": s`
    CLIENT KILL {addr}
    !closed
  `,
  "CLIENT KILL: by ID": s`
    @b =bid CLIENT ID
    @c =cid CLIENT ID
    CLIENT KILL ID {bid}
    @b !closed
    CLIENT KILL ID {bid}
    CLIENT KILL id {cid}
    @c !closed
    CLIENT KILL ID 999999999
  `,
  "CLIENT KILL: the next command in the pipeline does not meet its victim": s`
    =id CLIENT ID
    PSUBSCRIBE a*
    @b > PUBSUB NUMPAT\r\nCLIENT KILL ID {id}\r\nPUBSUB NUMPAT\r\nPUBLISH abc m\r\n
    @b < 4
    @c WATCH k
    @c =id CLIENT ID
    @d & BLPOP k 0
    @d !silent 10
    @b =other CLIENT ID
    @b > CLIENT KILL TYPE normal\r\nRPUSH k a\r\nLLEN k\r\n
    @b < 3
  `,
  "CLIENT KILL: by ADDR and LADDR": s`
    @b PING
    @c PING
    CLIENT KILL ADDR {addr:b}
    @b !closed
    CLIENT KILL ADDR {addr:b}
    CLIENT KILL ADDR {addr:c} LADDR 1.2.3.4:5
    @c PING
    CLIENT KILL ADDR {addr:c} LADDR {laddr}
    @c !closed
    CLIENT KILL LADDR 1.2.3.4:5
    CLIENT KILL ADDR nonsense
  `,
  "CLIENT KILL: filters together": s`
    @b =bid CLIENT ID
    CLIENT KILL ID {bid} TYPE pubsub
    CLIENT KILL ID {bid} TYPE replica
    CLIENT KILL ID {bid} ADDR 1.2.3.4:5
    @b PING
    CLIENT KILL ID {bid} TYPE normal USER default SKIPME yes
    @b !closed
    CLIENT KILL TYPE master
    CLIENT KILL TYPE replica
    CLIENT KILL TYPE slave
    CLIENT KILL TYPE pubsub
  `,
  "CLIENT KILL: SKIPME": s`
    =id CLIENT ID
    CLIENT KILL ID {id}
    CLIENT KILL ID {id} SKIPME yes
    CLIENT KILL ADDR {addr}
    PING
    CLIENT KILL ID {id} SKIPME no
    !closed
  `,
  "CLIENT KILL: SKIPME no and what follows in the pipeline": s`
    =id CLIENT ID
    > CLIENT KILL ID {id} SKIPME no\r\nSET k v\r\nPING\r\n
    !closed
    @b GET k
  `,
  "CLIENT KILL: by USER and by TYPE normal": s`
    @b PING
    CLIENT KILL USER nobody
    ~type CLIENT KILL USER default
    @b !closed
    PING
    @c PING
    ~type CLIENT KILL TYPE normal
    @c !closed
    PING
  `,
  "CLIENT KILL: errors": s`
    CLIENT KILL
    CLIENT KILL a b
    CLIENT KILL ID
    CLIENT KILL ID abc
    CLIENT KILL ID 0
    CLIENT KILL ID -1
    CLIENT KILL ID 9223372036854775808
    CLIENT KILL TYPE bogus
    CLIENT KILL TYPE ""
    CLIENT KILL USER nobody
    CLIENT KILL SKIPME maybe
    CLIENT KILL SKIPME maybe ID 1
    CLIENT KILL ID 999999999 SKIPME
    CLIENT KILL ID 999999999 bogus x
    CLIENT KILL ID 999999999 TYPE
    PING
  `,
});

const flow = family("client", {
  "CLIENT REPLY: ON, errors": s`
    CLIENT REPLY
    CLIENT REPLY bogus
    CLIENT REPLY ""
    CLIENT REPLY ON
    CLIENT REPLY on
    CLIENT REPLY ON ON
    PING
  `,
  "CLIENT REPLY: OFF": s`
    & CLIENT REPLY OFF
    & SET k v
    & NOSUCHCOMMAND
    & CLIENT REPLY OFF
    & CLIENT REPLY bogus
    !silent
    CLIENT REPLY ON
    GET k
  `,
  "CLIENT REPLY: SKIP": s`
    & CLIENT REPLY SKIP
    & SET k v
    GET k
    & CLIENT REPLY SKIP
    & NOSUCHCOMMAND
    PING
    & CLIENT REPLY SKIP
    & CLIENT REPLY SKIP
    & PING one
    PING two
  `,
  "CLIENT REPLY: OFF in a pipeline": s`
    > PING\r\nCLIENT REPLY SKIP\r\nPING 1\r\nPING 2\r\nCLIENT REPLY OFF\r\nPING 3\r\nCLIENT REPLY ON\r\nPING 4\r\n
    < 4
    PING
  `,
  "CLIENT PAUSE: errors": s`
    CLIENT PAUSE
    CLIENT PAUSE abc
    CLIENT PAUSE 1.5
    CLIENT PAUSE -1
    CLIENT PAUSE ""
    CLIENT PAUSE 9223372036854775808
    CLIENT PAUSE 1 bogus
    CLIENT PAUSE 1 ""
    CLIENT PAUSE 1 ALL ALL
    CLIENT PAUSE abc bogus
    CLIENT UNPAUSE x
    CLIENT UNPAUSE
    CLIENT PAUSE 0
    PING
    CLIENT PAUSE 1 all
    CLIENT PAUSE 1 write
    PING
  `,
  "CLIENT PAUSE: WRITE holds writes, not reads": s`
    SET k before
    CLIENT PAUSE 1500 WRITE
    @b GET k
    @b PING
    @b & SET k after
    @b !silent
    @c GET k
    @c & INCR n
    @c !silent
    CLIENT UNPAUSE
    @b <
    @c <
    GET k
    GET n
  `,
  "CLIENT PAUSE: ALL holds everything until its time": s`
    CLIENT PAUSE 300
    @b & PING
    @b !silent 40
    @b <
    SET k v
  `,
  "CLIENT PAUSE: a pipeline waits as a whole": s`
    CLIENT PAUSE 1500 WRITE
    @b > GET k\r\nSET k v\r\nGET k\r\n
    @b <
    @b !silent
    CLIENT UNPAUSE
    @b < 2
  `,
  "CLIENT UNPAUSE: without a pause": s`
    CLIENT UNPAUSE
    client unpause
    PING
  `,
});

/** The cases of this file. */
export const clientChecks = [...names, ...kill, ...flow];

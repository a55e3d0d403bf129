/** Comparison cases of SLOWLOG, MONITOR and LATENCY, and of what INFO and CLIENT LIST tell of them. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** Cuts what depends on the run out of a slow log: IDs, times, durations (all whole numbers), addresses. */
const entries = s`~except:^\d+$|127\.0\.0\.1:\d+`;
/** The same for a line of MONITOR. */
const line = s`<~except:\d+\.\d{6}|127\.0\.0\.1:\d+`;
const many = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`).join(" ");

const slowlog = family("slowlog", {
  "SLOWLOG: arguments and errors": s`
    SLOWLOG
    SLOWLOG bogus
    SLOWLOG RESET
    SLOWLOG RESET x
    SLOWLOG LEN
    slowlog len
    SLOWLOG LEN x
    SLOWLOG GET
    SLOWLOG GET 0
    SLOWLOG GET -1
    SLOWLOG GET -2
    SLOWLOG GET 1.5
    SLOWLOG GET abc
    SLOWLOG GET ""
    SLOWLOG GET 9223372036854775807
    SLOWLOG GET 9223372036854775808
    SLOWLOG GET 1 2
    slowlog get 1 2 3
    ~type SLOWLOG HELP
    SLOWLOG HELP x
  `,
  "SLOWLOG GET: what is logged, newest first": s`
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    CLIENT SETNAME tester
    SET k v
    get k
    INCR k
    GET
    NOSUCHCOMMAND x
    CLIENT SETNAME "!"
    @b PING
    @b CONFIG GET hz
    ${entries} SLOWLOG GET -1
    ${entries} SLOWLOG GET 2
    SLOWLOG LEN
    SLOWLOG RESET
    ${entries} SLOWLOG GET
  `,
  "SLOWLOG GET: ten by default": s`
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    ${Array.from({ length: 15 }, (_, i) => `ECHO e${i}`).join("\n")}
    ${entries} SLOWLOG GET
    ${entries} SLOWLOG GET 12
    SLOWLOG LEN
  `,
  "SLOWLOG GET: long arguments and many": s`
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    ECHO ${"x".repeat(128)}
    ECHO ${"x".repeat(129)}
    ECHO "${"\\x00\\xff\\r\\n".repeat(33)}"
    ${entries} SLOWLOG GET 3
    SLOWLOG RESET
    DEL ${many(30)}
    DEL ${many(31)}
    DEL ${many(32)}
    DEL ${many(33)}
    ${entries} SLOWLOG GET 4
    SLOWLOG RESET
    DEL ${many(31)} ${"x".repeat(200)}
    DEL ${many(30)} ${"x".repeat(200)}
    ${entries} SLOWLOG GET 2
  `,
  "SLOWLOG GET: what is secret": s`
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    AUTH
    AUTH secret
    AUTH user secret
    AUTH a b c
    HELLO 2 AUTH user secret
    HELLO 2 AUTH user
    HELLO 2 SETNAME auth auth default secret setname
    HELLO 2 BOGUS AUTH user secret
    CONFIG SET masterauth secret
    CONFIG SET MASTERAUTH "" masteruser secret hz 10
    CONFIG SET masteruser ""
    CONFIG SET nosuch x masterauth secret
    CONFIG SET masterauth a masterauth b
    CONFIG GET masterauth
    ${entries} SLOWLOG GET -1
  `,
  "SLOWLOG: slowlog-max-len": s`
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    PING a
    PING b
    PING c
    CONFIG SET slowlog-max-len 2
    ${entries} SLOWLOG GET
    SLOWLOG LEN
    PING d
    ${entries} SLOWLOG GET
    CONFIG SET slowlog-max-len 0
    SLOWLOG LEN
    SLOWLOG GET
    CONFIG SET slowlog-max-len 10
    PING e
    CONFIG SET slowlog-log-slower-than -1
    SLOWLOG LEN
    CONFIG SET slowlog-max-len 1
    SLOWLOG LEN
    PING f
    ${entries} SLOWLOG GET
  `,
  "SLOWLOG: slowlog-log-slower-than": s`
    SLOWLOG RESET
    CONFIG SET slowlog-log-slower-than 20000
    DEBUG SLEEP 0.03
    DEBUG SLEEP 0.001
    PING
    ${entries} SLOWLOG GET
    CONFIG SET slowlog-log-slower-than -1
    DEBUG SLEEP 0.03
    SLOWLOG LEN
    CONFIG SET slowlog-log-slower-than -2
    CONFIG SET slowlog-log-slower-than abc
    CONFIG SET slowlog-max-len -1
    ~pairs CONFIG GET slowlog-*
  `,
});

const monitor = family("monitor", {
  "MONITOR: what it shows": s`
    MONITOR x
    @b PING
    MONITOR
    @b SET k v
    ${line}
    @b sEt "k\"\\\n\r\t\a\b\x01\x7f\xff '" ""
    ${line}
    @b SELECT 3
    ${line}
    @b INCRBY k x
    ${line}
    @b GET
    @b NOSUCHCOMMAND
    @b OBJECT bogus k
    @b OBJECT ENCODING k
    ${line}
    @b > set inline 'a b'\r\n
    @b <
    ${line}
    @b RESET
    ${line}
    @b ECHO ${"x".repeat(20000)}
    ${line}
    @b MSET ${many(200)}
    ${line}
    @b PING
    ${line}
    !silent
  `,
  "MONITOR: administration is not shown": s`
    @b PING
    MONITOR
    @b CONFIG GET hz
    @b ~any CONFIG HELP
    ${line}
    @b ~type CLIENT LIST
    @b CLIENT GETNAME
    ${line}
    @b DEBUG SLEEP 0
    @b ~type SLOWLOG LEN
    @b ~type LATENCY LATEST
    @b CLIENT KILL ID 999999
    @b MONITOR
    @b INFO nosuchsection
    ${line}
    !silent
  `,
  "MONITOR: what is secret": s`
    @b PING
    MONITOR
    @b AUTH secret
    ${line}
    @b AUTH user secret
    ${line}
    @b HELLO 2 AUTH user secret
    ${line}
    @b HELLO 2 SETNAME x AUTH user secret
    ${line}
    @b CONFIG SET masterauth ""
    !silent
  `,
  "MONITOR: its own commands, and none on keys": s`
    MONITOR
    PING
    ${line}
    ECHO x
    ${line}
    & MONITOR
    !silent
    GET k
    SET k v
    DEL k
    KEYS *
    DBSIZE
    RANDOMKEY
    FLUSHALL
    OBJECT ENCODING k
    TIME x
    SELECT 2
    ${line}
    SELECT 0
    ${line}
    NOSUCHCOMMAND
    GET
    COMMAND COUNT x
    !silent
  `,
  "MONITOR: several, and those that end": s`
    @b PING
    @c PING
    MONITOR
    @b MONITOR
    @c PING
    ${line}
    @b ${line}
    @b RESET
    ${line}
    @b GET k
    ${line}
    @b !silent
    @b MONITOR
    @b QUIT
    @b !closed
    ${line}
    @c PING
    ${line}
    !hangup
    @c PING
    GET k
    MONITOR
    @c PING
    ${line}
  `,
  "MONITOR: a pipeline": s`
    @b PING
    MONITOR
    @b > *1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n
    @b < 3
    ${line}
    ${line}
    ${line}
    > PING\r\nECHO x\r\nRESET\r\nPING\r\n
    <
    ${line}
    <
    ${line}
    < 2
    !silent
  `,
  "MONITOR: replies off": s`
    @b PING
    & CLIENT REPLY OFF
    & MONITOR
    !silent
    @b PING
    !silent
    CLIENT REPLY ON
    ${line}
    @b PING
    ${line}
    & CLIENT REPLY SKIP
    & PING
    ${line}
    PING
    ${line}
    @b & CLIENT REPLY SKIP
    ${line}
    @b & PING
    ${line}
  `,
  "MONITOR: in CLIENT LIST": s`
    =id CLIENT ID
    @b PING
    MONITOR
    @b ~client CLIENT LIST ID {id}
    @b CLIENT LIST TYPE replica
    @b CLIENT KILL TYPE replica
    @b CLIENT KILL ID {id} TYPE normal
    !closed
  `,
});

const latency = family("latency", {
  "LATENCY: arguments and errors": s`
    LATENCY
    LATENCY bogus
    LATENCY RESET
    LATENCY RESET nosuch
    LATENCY LATEST
    LATENCY LATEST x
    LATENCY HISTORY
    LATENCY HISTORY nosuch
    LATENCY HISTORY nosuch x
    LATENCY GRAPH
    LATENCY GRAPH nosuch
    LATENCY GRAPH "a\r\nb"
    LATENCY GRAPH nosuch x
    ~type LATENCY DOCTOR
    LATENCY DOCTOR x
    LATENCY HISTOGRAM nosuch
    LATENCY HISTOGRAM "" "a|b" "config|nosuch"
    ~type LATENCY HELP
    LATENCY HELP x
  `,
  "LATENCY: events": s`
    CONFIG SET latency-monitor-threshold 0
    LATENCY RESET
    DEBUG SLEEP 0.02
    LATENCY LATEST
    CONFIG SET latency-monitor-threshold 15
    DEBUG SLEEP 0.001
    LATENCY LATEST
    DEBUG SLEEP 0.02
    ~except:^\d+$ LATENCY LATEST
    ~shape LATENCY HISTORY command
    LATENCY HISTORY COMMAND
    LATENCY HISTORY fast-command
    LATENCY GRAPH COMMAND
    ~type LATENCY GRAPH command
    ~type LATENCY DOCTOR
    LATENCY RESET nosuch command
    LATENCY LATEST
    DEBUG SLEEP 0.02
    LATENCY RESET nosuch
    LATENCY RESET
    LATENCY LATEST
    ~type LATENCY DOCTOR
    CONFIG SET latency-monitor-threshold -1
    CONFIG SET latency-monitor-threshold abc
  `,
  "LATENCY HISTOGRAM: which commands, and how many calls": s`
    CONFIG RESETSTAT
    DEBUG SLEEP 0.04
    ~except:^1$ LATENCY HISTOGRAM debug
    LATENCY HISTOGRAM get
    GET k
    GET k
    GET
    ~shape LATENCY HISTOGRAM debug nosuch debug
    CONFIG GET hz
    CONFIG SET hz 10
    ~except:^\d+$ LATENCY HISTOGRAM "CONFIG|GET"
    CONFIG RESETSTAT
    LATENCY HISTOGRAM get debug
  `,
  "latency-tracking: off keeps and hides, RESETSTAT forgets": s`
    CONFIG RESETSTAT
    DEBUG SLEEP 0.04
    CONFIG SET latency-tracking no
    INFO latencystats
    DEBUG SLEEP 0.04
    LATENCY HISTOGRAM debug
    LATENCY HISTOGRAM info
    CONFIG SET latency-tracking yes
    ~lines:=[\d.]+ INFO latencystats
    CONFIG RESETSTAT
    CONFIG SET latency-tracking-info-percentiles "0 12.5 100"
    ~lines:=[\d.]+ INFO latencystats
    CONFIG SET latency-tracking-info-percentiles ""
    CONFIG SET latency-tracking no
    CONFIG RESETSTAT
    CONFIG SET latency-tracking yes
    ECHO x
    ~lines:=[\d.]+ INFO latencystats
    CONFIG SET latency-tracking-info-percentiles "50 101"
    CONFIG SET latency-tracking-info-percentiles "50 x"
  `,
});

const others = family("observe", {
  "SLOWLOG and MONITOR: transactions": s`
    CONFIG SET slowlog-log-slower-than 0
    @b PING
    MONITOR
    SLOWLOG RESET
    @b MULTI
    ${line}
    @b SET k v
    @b INCR k
    @b AUTH secret
    @b CONFIG GET hz
    @b EXEC
    ${line}
    ${line}
    ${line}
    ${line}
    ${entries} SLOWLOG GET -1
    @b MULTI
    ${line}
    @b NOSUCHCOMMAND
    @b EXEC
    ${line}
    @b EXEC
    ${line}
    @b MULTI
    ${line}
    @b DISCARD
    ${line}
    @b MULTI
    ${line}
    @b MONITOR
    @b EXEC
    ${line}
    @b PING
    ${line}
    @b !silent
    !silent
  `,
  "SLOWLOG, MONITOR and LATENCY HISTOGRAM: commands that wait": s`
    CONFIG RESETSTAT
    CONFIG SET slowlog-log-slower-than 0
    @b PING
    @c PING
    MONITOR
    SLOWLOG RESET
    @b & BLPOP list 0
    ${line}
    ${entries} SLOWLOG GET -1
    LATENCY HISTOGRAM blpop
    @c RPUSH list x
    @b <
    ${line}
    !silent
    ${entries} SLOWLOG GET 3
    ~except:^\d+$ LATENCY HISTOGRAM blpop
    SLOWLOG RESET
    @b BLPOP list 0.01
    ${line}
    @c RPUSH list x
    ${line}
    @b BLPOP list 0
    ${line}
    ${entries} SLOWLOG GET -1
    ~shape LATENCY HISTOGRAM nosuch
  `,
  "SLOWLOG: CLIENT UNBLOCK is its sender's": s`
    CONFIG SET slowlog-log-slower-than 0
    CLIENT SETNAME sender
    @b =id CLIENT ID
    @b CLIENT SETNAME waiting
    @b & BLPOP list 0
    !sleep 20
    SLOWLOG RESET
    CLIENT UNBLOCK {id}
    @b <
    ${entries} SLOWLOG GET 1
  `,
  "MONITOR: subscriptions": s`
    @b PING
    @c PING
    MONITOR
    @b SUBSCRIBE ch
    ${line}
    @c PUBLISH ch text
    ${line}
    @b <
    SUBSCRIBE ch
    ${line}
    @c PUBLISH ch text
    <
    ${line}
  `,
});

export const observeChecks = [...slowlog, ...monitor, ...latency, ...others];

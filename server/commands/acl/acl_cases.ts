/** Comparison cases of ACL, in both protocols. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** Lines of a script, each compared as 7.0 has it. */
function acl(script: string): string {
  return script.replace(
    /^( *)(@\w+ )?(?![@!<>~ ]|$)/gm,
    (_, space, client = "") => `${space}${client}~acl `,
  );
}

const rules =
  ("+get +foo +@foo -foo +get| +|x +config +config|get +config|foo +config|get|x -config|foo -config|set " +
    "+select|0 +select|1 -select|0 +get|a|b -select +select bogus %R~x %RW~x %W~x %~x %X~x %R %RR~a %~ ~ & " +
    "&a &a &* &b > >p <q <p #abc !abc () (+get) (~a) (on) (nopass) + - +@ on off ON NoPass resetpass " +
    "clearselectors -@all +@all +@ALL +GET +Config|GET allchannels resetchannels resetkeys ~x ~* ~y " +
    "allkeys %R~y resetkeys %r~x %w~x %wr~y +@read -@write -@dangerous +@dangerous +acl|list -acl +acl " +
    "skip-sanitize-payload sanitize-payload nocommands allcommands reset").split(" ");

export const aclChecks = family("acl", {
  "SETUSER: every rule": acl(`
    ACL SETUSER u reset
    ${rules.map((rule) => `ACL SETUSER u "${rule}"`).join("\n    ")}
    ACL SETUSER u "#zz00000000000000000000000000000000000000000000000000000000000000"
    ACL SETUSER u "#2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    ACL SETUSER u "!2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    ACL SETUSER u "!2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    ACL SETUSER u "~a b"
    ACL SETUSER u "&a b"
    ACL SETUSER u "+get get"
    ACL SETUSER u ""
  `),
  "SETUSER: patterns as they are listed": acl(s`
    ACL SETUSER u reset ~x ~x %R~x %W~y %RW~z %WR~zz ~*a %R~*
    ACL LIST
    ACL GETUSER u
    ACL SETUSER u resetkeys %R~a %W~a &x &y &x
    ACL GETUSER u
    ACL SETUSER u ~*
    ACL GETUSER u
    ACL SETUSER u allchannels
    ACL GETUSER u
    ACL LIST
  `),
  "SETUSER: passwords": acl(s`
    ACL SETUSER u reset on >a >b >a
    ACL GETUSER u
    ACL SETUSER u <a
    ACL GETUSER u
    ACL SETUSER u nopass
    ACL GETUSER u
    ACL SETUSER u >c
    ACL GETUSER u
    ACL SETUSER u resetpass
    ACL GETUSER u
    ACL SETUSER u > >\xff\x00
    ACL GETUSER u
    @b AUTH u ""
    @c AUTH u "\xff\x00"
  `),
  "SETUSER: all rules or none": acl(s`
    ACL SETUSER u reset on nopass ~a +get
    ACL SETUSER u ~b +set bogus
    ACL SETUSER u +ping (~c +get
    ACL GETUSER u
    ACL SETUSER v on bogus
    ACL USERS
    ACL GETUSER v
  `),
  "SETUSER: selectors": acl(s`
    ACL SETUSER u reset (~a +get) (%R~b -@all +@read &ch)
    ACL GETUSER u
    ACL SETUSER u (+set ~x) ( +get ~y )
    ACL GETUSER u
    ACL SETUSER u (+get (~x))
    ACL SETUSER u (+get ~x
    ACL SETUSER u (+get ~*
    ACL SETUSER u "(+get ~x) (+set)"
    ACL LIST
    ACL SETUSER u clearselectors
    ACL GETUSER u
  `),
  "SETUSER: names": acl(s`
    ACL SETUSER
    ACL SETUSER "a b"
    ACL SETUSER "a\x00b"
    ACL SETUSER "a\nb"
    ACL SETUSER "\xff"
    ACL USERS
    ACL DELUSER "\xff" "" nobody
    ACL DELUSER default
    ACL DELUSER
    ACL USERS
    ACL GETUSER nobody
    ACL GETUSER
    ACL WHOAMI
    ACL WHOAMI x
    ACL FOO
    ACL
  `),
  "CAT, GENPASS and LOG: arguments": acl(s`
    ~unordered ACL CAT
    ~unordered ACL CAT bitmap
    ~unordered ACL CAT geo
    ~unordered ACL CAT hyperloglog
    ~unordered ACL CAT transaction
    ~unordered ACL CAT sortedset
    ~unordered ACL CAT PubSub
    ACL CAT foo
    ACL CAT hash x
    ~type ACL GENPASS
    ~type ACL GENPASS 5
    ACL GENPASS 0
    ACL GENPASS 4097
    ACL GENPASS x
    ACL GENPASS 1 2
    ACL LOG RESET
    ACL LOG
    ACL LOG 0
    ACL LOG -1
    ACL LOG x
    ACL LOG 1 2
    ACL LOAD
    ACL SAVE
    ACL LOAD x
  `),
  "DRYRUN: words": acl(s`
    ACL SETUSER u reset on nopass +publish +get +subscribe +psubscribe ~a &c +config|get +select|1
    ACL DRYRUN
    ACL DRYRUN u
    ACL DRYRUN nobody get x
    ACL DRYRUN u foo
    ACL DRYRUN u get
    ACL DRYRUN u get x
    ACL DRYRUN u get a
    ACL DRYRUN u GET a
    ACL DRYRUN u set a b
    ACL DRYRUN u config
    ACL DRYRUN u config get
    ACL DRYRUN u config get x
    ACL DRYRUN u config foo
    ACL DRYRUN u config set x y
    ACL DRYRUN u publish c x
    ACL DRYRUN u publish d x
    ACL DRYRUN u psubscribe c
    ACL DRYRUN u psubscribe c*
    ACL DRYRUN u subscribe c d
    ACL DRYRUN u unsubscribe d
    ACL DRYRUN u select 0
    ACL DRYRUN u select 1
    ACL DRYRUN u auth x
    ACL DRYRUN u hello
    ACL DRYRUN u reset
    ACL DRYRUN u ping
    ACL SETUSER u (+set ~b) (+get ~c)
    ACL DRYRUN u set a 1
    ACL DRYRUN u set b 1
    ACL DRYRUN u get b
    ACL DRYRUN u get c
    ACL DRYRUN u mget a c
  `),
  "what a user may do": acl(s`
    ACL SETUSER u reset on >p +get +multi +exec +set +config|get ~a* &c* +publish +subscribe +select|1
    @b AUTH u wrong
    @b AUTH u p
    @b ACL WHOAMI
    @b GET b
    @b SET b 1
    @b SET a 1
    @b GET a
    @b CONFIG SET maxmemory 0
    @b CONFIG GET maxmemory
    @b PUBLISH d x
    @b PUBLISH c x
    @b SUBSCRIBE d
    @b SELECT 1
    @b SELECT 0
    @b MULTI
    @b GET b
    @b EXEC
    @b FOO
    @b PING
    @b GET
    @b MULTI
    @b GET a
    @b AUTH u p
    @b EXEC
    @b SUBSCRIBE c1 c2
  `),
  "keys to read and keys to write": acl(s`
    SET r1 x
    SET w1 y
    ACL SETUSER u reset on >p +@all %R~r* %W~w*
    @b AUTH u p
    @b GET r1
    @b GET w1
    @b SET w1 x
    @b SET w1 x GET
    @b SET r1 x
    @b EXISTS x
    @b EXISTS r1
    @b TYPE x
    @b COPY r1 w1
    @b COPY w1 r1
    @b SORT r1 STORE w1
    @b APPEND w1 x
    @b GETDEL w1
    @b INCR w1
    @b GETEX r1
    @b GETEX w1
    @b OBJECT ENCODING x
    @b MSET w1 1 r1 2
    @b XREAD STREAMS r1 w1 0 0
    @b LMPOP 2 r1 w1 LEFT
    @b DUMP x
    @b RESTORE r1 0 ""
    @b WATCH x
    @b RENAME r1 w1
    @b BITFIELD r1 GET u8 0
    @b BITFIELD w1 SET u8 0 1
    @b BITFIELD_RO w1 GET u8 0
    @b TOUCH x
    @b KEYS nothing
    @b ACL WHOAMI
  `),
  "SORT looks at keys that it does not name": acl(s`
    RPUSH r1 2 1
    ACL SETUSER u reset on >p +@all ~r* ~w*
    @b AUTH u p
    @b SORT r1 BY x*
    @b SORT r1 GET x*
    @b SORT r1 GET #
    @b SORT r1 BY nosort
    @b SORT r1 BY nosort GET #
    @b SORT_RO r1 BY x*
    ACL SETUSER u %R~*
    @b SORT r1 BY x*
    @b SORT r1 GET x*
    ACL SETUSER u reset on +@all (~*)
    @b SORT r1 BY x*
    ACL SETUSER u reset on +@all allkeys
    @b SORT r1 BY x*
  `),
  "EXEC: what is not allowed any more": acl(s`
    ACL SETUSER u reset on nopass ~a* +get +multi +exec &* +publish +set
    @b AUTH u x
    @b MULTI
    @b GET a1
    @b SET a1 x
    @b PUBLISH c x
    @b GET a2
    ACL SETUSER u -set resetchannels resetkeys ~a1
    @b EXEC
    @b MULTI
    @b GET a1
    ACL SETUSER u off
    @b EXEC
    @b GET a1
    @c AUTH u x
  `),
  "whose user is gone, or hears less": acl(s`
    ACL SETUSER u reset on nopass +@all ~* &a* &b
    @b AUTH u x
    @b SUBSCRIBE a1
    ACL SETUSER u resetchannels &a*
    @b PING
    ACL SETUSER u resetchannels &z
    @b !closed
    @c AUTH u x
    @c PSUBSCRIBE z
    ACL SETUSER u &z*
    @c PING
    ACL SETUSER u resetchannels &z*
    @c !closed
    @d AUTH u x
    ACL DELUSER u
    @d !closed
    ACL SETUSER u reset on nopass +@all
    @e AUTH u x
    @e ACL DELUSER u
    @e !closed
  `),
  "the default user": acl(s`
    ACL SETUSER default off
    @b PING
    PING
    @b AUTH x
    @b AUTH default x
    CONFIG SET requirepass q
    @b AUTH q
    ACL SETUSER default on
    @b AUTH q
    @b PING
    ACL LIST
    CONFIG GET requirepass
    CONFIG SET requirepass ""
    ACL LIST
    ACL SETUSER default >w
    CONFIG GET requirepass
    ACL LIST
    @c PING
    CONFIG SET requirepass v
    ACL LIST
    ACL SETUSER default nopass resetpass
    AUTH x
    ACL SETUSER default nopass
    @c PING
    AUTH x
    AUTH default x
    ACL SETUSER default -get
    GET k
    @d SET k v
    @d GET k
    ACL SETUSER default reset
    ACL LIST
    @d RESET
    @d PING
    @d AUTH default x
  `),
  "HELLO as a user": acl(s`
    ACL SETUSER u reset on >p +get ~*
    @b ~apart:id,version HELLO 3 AUTH u p
    @b GET k
    @b PING
    @b RESET
    @b PING
    @c HELLO 3 AUTH u wrong
    @c ACL WHOAMI
  `),
});

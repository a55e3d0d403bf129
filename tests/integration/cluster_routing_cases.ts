/**
 * Questions to a node of a cluster. `k`, `{k}x` (slot 7629), `b` (3300) and `c` (7365) are its own, `a` (15495), `z`
 * (8157: its own) and `foo` (12182) show the bounds. A line is a command; `@name` says which client sends it, `<` reads
 * one message more, `?` sends what is to be answered later, and `!` changes the cluster.
 */

export const PRIMARY_CASES: Record<string, string> = {
  "keys of this node and of others": `
    SET b 1
    GET a
    GET b
    SET a 1
    GET z
    GET foo
    MGET b c
    MSET k 1 {k}x 2
    MGET k {k}x a
    DEL a b
    EXISTS foo {foo}x
    MSET foo 1 {foo}x
    ZADD a 1 x
    OBJECT ENCODING a
    XREAD STREAMS a 0
    XREAD COUNT x STREAMS a 0
    ZUNION 2 a b
    ZUNION 2 a {a}1
    ZUNIONSTORE k 1 a
    SORT k
    GEORADIUS k 0 0 1 m STORE a
    MIGRATE 127.0.0.1 1 a 0 1
    DBSIZE
    RANDOMKEY x
    PUBLISH a m
    PING
    GET
    TOUCH a
    MEMORY USAGE a
    XGROUP CREATE a g $
    LMPOP 1 a LEFT
    BLPOP a b 0
    BLPOP a 0
    SINTERCARD 2 k a
    BITOP AND k a b
    COPY k a
    RENAME a b
    GET {}a
    GET "{a"
    GET "a{b}c"
    GET "{}{b}"
    DUMP a
    RESTORE a 0 x
    WATCH a
    WATCH k b
    WATCH k
    UNWATCH
    EVAL "return 1" 0
    PFCOUNT k a
    PFADD a x
    SETEX a 10 x
    SUBSTR a 0 1
    SSUBSCRIBE a
    SPUBLISH a m
    SPUBLISH b m
    SSUBSCRIBE b c
    SUNSUBSCRIBE a
    SUNSUBSCRIBE b c
    SUNSUBSCRIBE
    FCALL f 1 a
    FCALL f 0
    CLUSTER KEYSLOT a
    CLUSTER KEYSLOT "{a}b"
  `,
  "keys of slots": `
    MSET k 1 {k}x 2
    SET b 1
    CLUSTER COUNTKEYSINSLOT 7629
    CLUSTER COUNTKEYSINSLOT x
    CLUSTER COUNTKEYSINSLOT 16384
    CLUSTER GETKEYSINSLOT 3300 1
    CLUSTER GETKEYSINSLOT 3300 10
    CLUSTER GETKEYSINSLOT 7629 -1
    CLUSTER GETKEYSINSLOT 16384 1
    CLUSTER GETKEYSINSLOT 1 x
    CLUSTER GETKEYSINSLOT 1 0
    DEL k
    CLUSTER COUNTKEYSINSLOT 7629
    RENAME {k}x {k}y
    CLUSTER GETKEYSINSLOT 7629 10
    SET {k}e 1 PX 1
    !sleep
    GET {k}e
    CLUSTER COUNTKEYSINSLOT 7629
    FLUSHALL
    CLUSTER COUNTKEYSINSLOT 7629
    CLUSTER GETKEYSINSLOT 7629 10
    SET k 1
    SET k 2 EX 100
    PERSIST k
    COPY k {k}c
    CLUSTER COUNTKEYSINSLOT 7629
    DEBUG RELOAD
    CLUSTER COUNTKEYSINSLOT 7629
  `,
  "transactions": `
    MULTI
    SET b 1
    SET c 1
    EXEC
    EXEC
    MULTI
    GET a
    GET b
    EXEC
    MULTI
    GET k
    SET {k}x 1
    EXEC
    MULTI
    EXEC
    MULTI
    PING
    EXEC
    MULTI
    GET b
    PING
    !migrating 3300
    EXEC
    EXEC
    !stable 3300
    MULTI
    GET k
    EXEC now
    EXEC
    EXEC
    MULTI
    EVAL "return 1" 2 a b
    EXEC
    WATCH b
    MULTI
    SET b 2
    !give 3300
    EXEC
    !take 3300
    DEL k
  `,
  "a slot that leaves": `
    SET k 1
    !migrating 7629
    GET k
    GET {k}no
    SET {k}no 1
    MGET k {k}no
    MGET {k}no {k}no
    MGET {k}no {k}yes
    DEL {k}no k
    SET k 1
    EXISTS k k
    MIGRATE 127.0.0.1 1 {k}no 0 1
    EVAL "return redis.call('get', KEYS[1])" 1 k
    EVAL "return redis.call('get', KEYS[1])" 1 {k}no
    EVAL "return redis.call('get', '{k}no')" 1 k
    EVAL "return redis.call('get', '{k}no')" 0
    MULTI
    GET k
    GET {k}no
    EXEC
    MULTI
    GET k
    EXEC
    MULTI
    GET k
    SET k 2
    DEL k
    EXEC
    SPUBLISH k m
    ASKING
    GET {k}no
    GET k
    DEL k
    !stable 7629
    GET {k}no
  `,
  "a slot that comes": `
    !importing 15495
    GET a
    ASKING
    GET a
    GET a
    ASKING
    SET a 1
    ASKING
    MGET a {a}no
    ASKING
    MGET a a
    ASKING
    MGET {a}no {a}no
    ASKING
    MSET {a}1 1 {a}2 2
    ASKING
    MULTI
    GET a
    GET a
    EXEC
    GET a
    ASKING
    MULTI
    GET a
    GET {a}no
    EXEC
    MULTI
    ASKING
    GET a
    EXEC
    GET a
    ASKING
    PING
    GET a
    ASKING
    NOSUCH
    GET a
    ASKING
    GET
    GET a
    ASKING
    ASKING
    GET a
    ASKING
    GET b
    GET a
    ASKING
    RESET
    GET a
    ASKING
    EVAL "return redis.call('get', KEYS[1])" 1 a
    ASKING
    EVAL "return redis.call('get', 'a')" 0
    RESTORE-ASKING {a}r 0 "\\x00\\x01x\\x0a\\x00\\x20\\x22\\xc3\\x95\\xfd\\xfe\\x9f\\xf8\\xba"
    RESTORE a 0 x
    MIGRATE 127.0.0.1 1 {a}nokey 0 1
    ASKING
    DEL a {a}1 {a}2 {a}r
    ASKING
    DEL a
    !stable 15495
    ASKING
    GET a
  `,
  "scripts": `
    EVAL "return redis.call('get', 'a')" 0
    EVAL "return redis.pcall('get', 'a')" 0
    EVAL "return redis.call('get', 'b')" 1 c
    EVAL "return redis.call('get', 'a')" 1 c
    EVAL "return 1" 2 b c
    EVAL "#!lua\\nreturn redis.call('get', 'b')" 1 c
    EVAL "#!lua\\nreturn redis.call('get', 'b')" 0
    EVAL "#!lua\\nredis.call('get', 'b') return redis.call('get', 'c')" 0
    EVAL "#!lua\\nredis.call('ping') redis.call('get', 'b') return redis.call('get', '{b}x')" 0
    EVAL "#!lua\\nreturn redis.pcall('mget', 'b', 'c')" 0
    EVAL "#!lua flags=allow-cross-slot-keys\\nreturn redis.call('mget', 'b', 'c')" 1 b
    EVAL "#!lua flags=allow-cross-slot-keys\\nreturn redis.call('mget', 'b', 'c')" 2 b c
    EVAL "#!lua flags=allow-cross-slot-keys\\nredis.call('set', 'b', 1) return redis.call('get', 'c')" 1 b
    EVAL "#!lua flags=no-cluster\\nreturn 1" 0
    EVAL "#!lua flags=no-cluster\\nreturn 1" 1 a
    EVAL "#!lua flags=no-cluster,no-writes\\nreturn redis.call('get', 'b')" 1 b
    EVAL_RO "return redis.call('get', 'a')" 1 a
    FUNCTION LOAD "#!lua name=l\\nredis.register_function('f', function(k) return redis.call('get', 'b') end) redis.register_function{function_name='n', callback=function() return 1 end, flags={'no-cluster'}} redis.register_function{function_name='x', callback=function() return {redis.call('get', 'b'), redis.call('get', 'c')} end, flags={'allow-cross-slot-keys'}}"
    FCALL f 1 a
    FCALL f 1 b
    FCALL f 1 c
    FCALL f 0
    FCALL n 0
    FCALL x 1 b
    FCALL_RO x 1 b
    FUNCTION FLUSH
    EVAL "return redis.call('select', 1)" 0
    EVAL "return redis.call('publish', 'a', 'm')" 0
    EVAL "return redis.call('spublish', 'a', 'm')" 0
    EVAL "return redis.call('spublish', 'b', 'm')" 1 b
  `,
  "slots that nobody serves": `
    !uncover 3300
    GET b
    GET k
    GET a
    MGET b k
    MGET k b
    PING
    DBSIZE
    MULTI
    GET k
    GET b
    EXEC
    EVAL "return redis.call('get', 'k')" 0
    EVAL "return redis.call('get', 'b')" 0
    EVAL "return 1" 1 k
    SSUBSCRIBE k
    SUNSUBSCRIBE k
    SPUBLISH k m
    SPUBLISH b m
    CONFIG SET cluster-allow-pubsubshard-when-down no
    SPUBLISH k m
    SSUBSCRIBE k
    SUNSUBSCRIBE k
    CONFIG SET cluster-allow-pubsubshard-when-down yes
    CONFIG SET cluster-allow-reads-when-down yes
    GET k
    SET k 1
    GET b
    GET a
    DEL a k
    EVAL "return redis.call('get', 'k')" 0
    EVAL "return redis.call('set', 'k', 1)" 1 k
    EVAL_RO "return redis.call('get', 'k')" 1 k
    MULTI
    GET k
    SET k 1
    EXEC
    MULTI
    GET k
    EXEC
    CONFIG SET cluster-allow-reads-when-down no
    !cover 3300
    GET b
    GET k
  `,
  "what is different in a cluster": `
    SELECT 0
    SELECT 1
    SELECT x
    SELECT -1
    SWAPDB 0 0
    SWAPDB 0 1
    SWAPDB x 1
    MOVE k 1
    MOVE a 1
    MOVE k x
    COPY k {k}2 DB 0
    COPY k {k}2 DB 1
    COPY k {k}2 DB x
    REPLICAOF 127.0.0.1 1
    REPLICAOF NO ONE
    SLAVEOF NO ONE
    FAILOVER
    FAILOVER ABORT
    SORT k BY w_*
    SORT k BY nosort
    SORT k GET #
    SORT k GET {k}*
    SORT_RO k BY {k}w_*
    READONLY
    READWRITE
    READONLY now
    ASKING x
    CONFIG GET databases
    CONFIG SET cluster-enabled no
    EVAL "return redis.call('select', 1)" 0
    EVAL "return redis.call('asking')" 0
    EVAL "return redis.call('readonly')" 0
    SCAN 0
    FLUSHALL
    FLUSHDB
  `,
  "those who wait go where their slot goes": `
    @w ? BLPOP k {k}x 0
    @x ? BLPOP b 0
    @y ? XREAD BLOCK 0 STREAMS k $
    @z ? BZPOPMIN c 0
    !sleep
    !give 7629
    @w <
    @y <
    !take 7629
    RPUSH b 1
    @x <
    !uncover 100
    @z <
    !cover 100
    GET k
  `,
  "subscribers of shard channels go where their slot goes": `
    @s SSUBSCRIBE k
    @t SSUBSCRIBE b
    @t SUBSCRIBE k
    PUBSUB SHARDCHANNELS b
    PUBSUB SHARDNUMSUB k b
    !give 7629
    @s <
    PUBSUB SHARDCHANNELS
    @s PING
    !take 7629
    SPUBLISH b m
    @t <
    !uncover 3300
    @t <
    PUBSUB SHARDCHANNELS
    !cover 3300
    @t SSUBSCRIBE b
  `,
};

/** The same of a node that is the replica of the one that has slots up to 8191. */
export const REPLICA_CASES: Record<string, string> = {
  "reads of a replica": `
    GET b
    GET a
    SET b 1
    READONLY
    GET b
    GET a
    SET b 1
    MGET b {b}x
    MGET b c
    EVAL "return redis.call('get', KEYS[1])" 1 b
    EVAL "return redis.call('set', KEYS[1], 1)" 1 b
    EVAL_RO "return redis.call('get', KEYS[1])" 1 b
    EVAL "return redis.call('get', 'b')" 0
    MULTI
    GET b
    EXEC
    MULTI
    GET b
    SET b 1
    EXEC
    MULTI
    SET b 1
    EXEC
    SSUBSCRIBE b
    SUNSUBSCRIBE b
    SSUBSCRIBE a
    PFCOUNT b
    BLPOP b 0
    PING
    FLUSHALL
    READWRITE
    GET b
    @s SSUBSCRIBE b
    @s SSUBSCRIBE a
    SPUBLISH b m
    @s <
    READONLY
    RESET
    GET b
    EVAL "return redis.call('get', 'b')" 0
  `,
};

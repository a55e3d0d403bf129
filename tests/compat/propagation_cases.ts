/** Scripts after which the append-only file of real Redis and Etna's effects hold the same operations. */

const s = String.raw;

export const propagationCases: Record<string, string> = {
  "as they come": s`
    SET a 1
    GET a
    set a 2
    APPEND a ""
    INCR n
    INCRBY n 0
    DEL none
    SELECT 3
    LPUSH l 1 2 3
    SELECT 0
    SETNX a 1
    SETNX b 1
    MSET a 1 b 2
    HSET h f v
    HSET h f v
    HDEL h none
    SADD s 1 1 2
    SADD s 1
    ZADD z 1 a
    ZADD z 1 a
    LTRIM none 0 1
    SETRANGE sr 0 ""
    SETBIT bm 7 0
    BITFIELD bf GET u8 0
    BITFIELD bf SET u8 0 1
    RENAME a c
    COPY c d
    COPY c d DB 2 REPLACE
    MOVE c 1
    SWAPDB 0 1
    PFADD p a
    PFCOUNT p
    PFCOUNT p
    PFADD p b
    PFCOUNT p
    PERSIST none
    TOUCH d
    SORT l STORE k
    SINTERSTORE none2 none3 none4
    SUNIONSTORE u s
    SINTERSTORE u s none
    BITOP NOT b1 none
    PUBLISH c m
    FLUSHDB
    FLUSHALL
    FLUSHALL ASYNC
    UNLINK none
  `,
  "transactions": s`
    MULTI
    SET a 1
    EXEC
    MULTI
    SET a 1
    GET a
    INCR a
    EXEC
    MULTI
    GET a
    EXEC
    MULTI
    SELECT 2
    SET a 1
    SELECT 1
    SET a 2
    LPUSH a x
    EXEC
    MULTI
    SET b 1
    DISCARD
    SET b 2
    WATCH b
    MULTI
    SET b 3
    EXEC
  `,
  "times": s`
    DEBUG SET-ACTIVE-EXPIRE 0
    SET a 1 EX 100
    SET a 1 PX 100000
    SET a 1 EXAT 33177117420
    SET a 1 PXAT 33177117420000
    SET a 1 XX EX 100
    SET a 1 EX 100 GET
    SET a 1 KEEPTTL
    SET a 1 GET
    SET a 1 XX GET
    SET a 1 KEEPTTL GET
    SET a 1 NX
    SETEX a 100 1
    PSETEX a 100000 2
    EXPIRE a 100
    PEXPIRE a 100000
    EXPIREAT a 33177117420
    PEXPIREAT a 33177117420000
    EXPIRE a 100 GT
    EXPIRE a 100 LT
    PERSIST a
    GETEX a EX 100
    GETEX a PERSIST
    GETEX a
    EXPIRE a -1
    SET a 1
    GETEX a EXAT 1
    SET a 1
    PEXPIREAT a 1
    SET a 1 EXAT 1
    SET a 1
    GETDEL a
    GETDEL a
  `,
  "RESTORE": s`
    RESTORE r 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce"
    RESTORE r 100000 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE
    RESTORE r 33177117420000 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE ABSTTL
    RESTORE r 100000 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE IDLETIME 5
    RESTORE r 1 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE ABSTTL
    RESTORE r 1 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x198\x8a\xce" ABSTTL
  `,
  "floats and GETSET": s`
    INCRBYFLOAT f 1.5
    INCRBYFLOAT f 0.1
    HINCRBYFLOAT h f 1.5
    HINCRBYFLOAT h f 1e3
    GETSET f 7
  `,
  "expired keys": s`
    DEBUG SET-ACTIVE-EXPIRE 0
    SET e 1 PX 1
    !sleep 5
    GET e
    SET e 1 PX 1
    !sleep 5
    SET e 2
    SET e 1 PX 1
    SET g 1 PX 1
    !sleep 5
    MGET e g
    SET e 1 PX 1
    !sleep 5
    MULTI
    SET y 1
    GET e
    SET y 2
    EXEC
    SET e 1 PX 1
    !sleep 5
    DEL e
    CONFIG SET lazyfree-lazy-expire yes
    SET e 1 PX 1
    !sleep 5
    GET e
  `,
  "pops": s`
    RPUSH l a b c d e f g h
    LPOP l
    RPOP l 2
    LMPOP 1 l LEFT COUNT 2
    LMPOP 1 l RIGHT
    BLPOP l 0
    RPUSH l a b c d e f g h
    BRPOP none l 0
    BLMPOP 0 2 none l LEFT COUNT 2
    BLMOVE l m LEFT RIGHT 0
    BRPOPLPUSH l m 0
    LMOVE l m LEFT LEFT
    RPOPLPUSH l m
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g
    ZPOPMIN z
    ZPOPMAX z 2
    ZMPOP 1 z MIN COUNT 2
    BZPOPMIN z 0
    BZMPOP 0 1 z MAX
    SADD s one
    SPOP s
    SADD s one two
    SPOP s 5
    SADD one 1
    SPOP one 1
  `,
  "those who waited": s`
    & BLPOP l 0
    !silent 10
    @c RPUSH l a
    <
    & BLMOVE l m LEFT RIGHT 0
    !silent 10
    @b & BLPOP m 0
    @b !silent 10
    @c RPUSH l a b c
    <
    @b <
    & BZPOPMIN z 0
    !silent 10
    @c MULTI
    @c ZADD z 1 a
    @c ZADD z 2 b
    @c EXEC
    <
    & BZMPOP 0 1 z2 MAX COUNT 3
    !silent 10
    @c ZADD z2 1 a 2 b
    <
    & BLMPOP 0 1 l2 LEFT COUNT 1
    !silent 10
    @c SELECT 1
    @c RPUSH l2 a b
    @c SELECT 0
    @c RPUSH l2 a b
    <
  `,
  "streams": s`
    XADD x * a b
    XADD x 33177117420000-* a b
    XADD x 33177117420000-5 a b c d
    XADD x NOMKSTREAM 33177117420000-6 a b
    XADD x MAXLEN 3 33177117420001-1 a b
    XADD x MAXLEN = 2 33177117420001-2 a b
    XADD x MAXLEN ~ 1 33177117420001-3 a b
    XADD x MINID 33177117420001-2 33177117420001-4 a b
    XADD none NOMKSTREAM * a b
    XTRIM x MAXLEN 2
    XTRIM x MAXLEN ~ 0
    XADD x 33177117420002-1 a b
    XDEL x 33177117420002-1
    XDEL x 33177117420002-1
    XSETID x 33177117420002-9
    XADD x 33177117420003-1 a b
    XGROUP CREATE x g $
    XGROUP CREATE x g2 0
    XGROUP SETID x g2 0
    XGROUP CREATECONSUMER x g c9
    XGROUP CREATECONSUMER x g c9
    XGROUP DELCONSUMER x g c9
    XGROUP DESTROY x g
    XGROUP DESTROY x g
    XACK x g2 1-1
  `,
  "scripts": s`
    EVAL "return redis.call('set','a','1')" 0
    EVAL "redis.call('set','a','2') redis.call('incr','a') return 1" 0
    EVAL "return redis.call('get','a')" 0
    EVAL "redis.call('set','a','x') redis.call('select',3) redis.call('set','b','x')" 0
    SET c 1
    EVAL "redis.call('set','a','y') redis.call('incr','a')" 0
    EVAL "redis.pcall('lpush','a','y') redis.call('set','d','z')" 0
    EVAL "redis.call('del','none')" 0
    EVAL "for i=1,5 do redis.call('rpush','l',i) end return redis.call('lpop','l')" 0
    EVAL "return redis.call('publish','c','m')" 0
    EVAL "redis.call('spop','none') redis.call('sadd','s','only') return redis.call('spop','s')" 0
    MULTI
    SET a 1
    EVAL "redis.call('set','a','2') redis.call('set','b','2')" 0
    EXEC
    MULTI
    EVAL "return redis.call('set','a','2')" 0
    EXEC
    SCRIPT LOAD "return redis.call('set','a','3')"
    EVALSHA 76a3b9bc3b32a4d20d5a3b1f5c1a2a7b0a3f3c41 0
    SCRIPT FLUSH
    EVAL "redis.call('set','u','1',0 == 1 and 'x' or 'keepttl') return redis.call('getset','u','2')" 0
  `,
  "scripts that choose what is told": s`
    SET a 0
    EVAL "redis.set_repl(redis.REPL_NONE) redis.call('set','a','1') redis.call('incr','n') redis.set_repl(redis.REPL_ALL) redis.call('set','b','1')" 0
    EVAL "redis.set_repl(redis.REPL_AOF) redis.call('set','a','2') redis.call('set','a','3')" 0
    EVAL "redis.set_repl(redis.REPL_NONE) return redis.call('set','a','4')" 0
    EVAL "return redis.call('set','a','5')" 0
    EVAL "redis.set_repl(redis.REPL_NONE) redis.call('rpush','l','x') redis.call('del','l')" 0
  `,
  "functions": s`
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function(keys,args) redis.call('set',keys[1],args[1]) return redis.call('incr',keys[1]) end)"
    FCALL f 1 k 1
    FCALL f 1 k x
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function(keys,args) end)"
    FUNCTION LOAD REPLACE "#!lua name=lib\nredis.register_function('f', function(keys,args) return redis.call('set',keys[1],args[1]) end)"
    FCALL f 1 k 1
    FUNCTION DELETE none
    FUNCTION DELETE lib
    FUNCTION FLUSH
    FUNCTION FLUSH ASYNC
  `,
};

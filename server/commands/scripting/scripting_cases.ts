/** Comparison cases of scripts: EVAL, EVALSHA, SCRIPT. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const scriptingChecks = family("scripting", {
  "EVAL: what Lua values become": s`
    EVAL "return 1" 0
    EVAL "return 3.99" 0
    EVAL "return -3.99" 0
    EVAL "return 'x'" 0
    EVAL "return ''" 0
    EVAL "return true" 0
    EVAL "return false" 0
    EVAL "return nil" 0
    EVAL "return" 0
    EVAL "" 0
    EVAL "return {1,2,'x',{3,{4}},nil,5}" 0
    EVAL "return {}" 0
    EVAL "return {true,false,1}" 0
    EVAL "return {ok='fine'}" 0
    EVAL "return {ok='fi\r\nne'}" 0
    EVAL "return {ok=1}" 0
    EVAL "return {err='MY bad'}" 0
    EVAL "return {err='bad'}" 0
    EVAL "return {err=1}" 0
    EVAL "return {{ok='fine'},{err='MY bad'}}" 0
    EVAL "return {double=3.5}" 0
    EVAL "return {double=3}" 0
    EVAL "return {double=1e300}" 0
    EVAL "return {map={a=1}}" 0
    EVAL "return {map={}}" 0
    EVAL "return {set={a=true}}" 0
    EVAL "return {set={[7]=true}}" 0
    EVAL "return {map={[7]={1,2}}}" 0
    EVAL "return {big_number='123456789012345678901234567890'}" 0
    EVAL "return {verbatim_string={format='txt',string='hello'}}" 0
    EVAL "return {verbatim_string={format='txt'}}" 0
    EVAL "return function() end" 0
    EVAL "return string" 0
    EVAL "return 2^53" 0
    EVAL "return 2^53+2" 0
    EVAL "return 2^62" 0
    EVAL "return 2^63" 0
    EVAL "return -2^63" 0
    EVAL "return 1e300" 0
    EVAL "return 0/0" 0
    EVAL "return 1,2,3" 0
    EVAL "local t = {1,2} setmetatable(t, {__index=function() return 1 end}) return t" 0
  `,
  "EVAL: booleans of a script that speaks RESP3": s`
    EVAL "redis.setresp(3) return true" 0
    EVAL "redis.setresp(3) return false" 0
    EVAL "redis.setresp(3) return {true,false,1}" 0
    EVAL "redis.setresp(3) redis.setresp(2) return true" 0
    EVAL "return true" 0
  `,
  "EVAL: keys and arguments": s`
    EVAL "return {KEYS[1],KEYS[2],ARGV[1],ARGV[2]}" 2 a b c d
    EVAL "return {#KEYS,#ARGV}" 2 a b c d e
    EVAL "return {#KEYS,#ARGV}" 0
    EVAL "return ARGV[1]" 0 "a\x00b\r\n\xff"
    EVAL "return #ARGV[1]" 0 "a\x00b\r\n\xff"
    EVAL "return KEYS[3]" 2 a b
    EVAL "KEYS[1]='x' return KEYS[1]" 1 a
    EVAL "KEYS=1" 0
    EVAL "return 1" x
    EVAL "return 1" 2 a
    EVAL "return 1" -1
    EVAL "return 1" 3 a b
    EVAL "return 1"
    EVAL
    EVAL "return ARGV[1]" 0 ${"v".repeat(200000)}
    EVAL "return {KEYS[1]}" 1 ${"k".repeat(70000)}
  `,
  "redis.call: what replies become": s`
    SET k v
    RPUSH l a b c
    HSET h f v
    SADD s m
    ZADD z 1.5 m
    EVAL "return redis.call('get',KEYS[1])" 1 k
    EVAL "return redis.call('GET',KEYS[1])" 1 none
    EVAL "return type(redis.call('GET',KEYS[1]))" 1 none
    EVAL "return redis.call('set',KEYS[1],'x')" 1 k2
    EVAL "return redis.call('set',KEYS[1],'x').ok" 1 k2
    EVAL "return redis.call('lrange',KEYS[1],0,-1)" 1 l
    EVAL "return #redis.call('lrange',KEYS[1],0,-1)" 1 none
    EVAL "return redis.call('llen',KEYS[1])" 1 l
    EVAL "return redis.call('hgetall',KEYS[1])" 1 h
    EVAL "return redis.call('smembers',KEYS[1])" 1 s
    EVAL "return redis.call('zrange',KEYS[1],0,-1,'WITHSCORES')" 1 z
    EVAL "return redis.call('zscore',KEYS[1],'m')" 1 z
    EVAL "return redis.call('zscore',KEYS[1],'n')" 1 z
    EVAL "return redis.call('mget','k','none','l')" 0
    EVAL "return redis.call('geopos','none','x')" 0
    EVAL "return redis.call('xrange','none','-','+')" 0
    EVAL "return redis.call('incr','n')" 0
    EVAL "return redis.call('strlen','k')" 0
    EVAL "return redis.call('lpop','none')" 0
    EVAL "return redis.call('lpop','none',2)" 0
    EVAL "return redis.call('ping')" 0
    EVAL "return redis.call('ping','x')" 0
    EVAL "return redis.call('echo','a\0b')" 0
  `,
  "redis.call: RESP3 replies": s`
    SET k v
    HSET h f v
    SADD s m
    ZADD z 1.5 m
    EVAL "redis.setresp(3) return redis.call('hgetall','h')" 0
    EVAL "redis.setresp(3) return redis.call('hgetall','h').map.f" 0
    EVAL "redis.setresp(3) return redis.call('hgetall','none')" 0
    EVAL "redis.setresp(3) return redis.call('smembers','s')" 0
    EVAL "redis.setresp(3) return redis.call('smembers','s').set.m" 0
    EVAL "redis.setresp(3) return redis.call('zscore','z','m')" 0
    EVAL "redis.setresp(3) return redis.call('zscore','z','m').double" 0
    EVAL "redis.setresp(3) return tostring(redis.call('zscore','z','m').double)" 0
    EVAL "redis.setresp(3) return redis.call('zrange','z',0,-1,'withscores')" 0
    EVAL "redis.setresp(3) return redis.call('get','none')" 0
    EVAL "redis.setresp(3) return type(redis.call('get','none'))" 0
    EVAL "redis.setresp(3) return redis.call('mget','none','k')" 0
    EVAL "redis.setresp(3) return {redis.call('get','none'),1}" 0
    EVAL "redis.setresp(3) return redis.call('debug','protocol','bignum')" 0
    EVAL "return type(redis.call('hgetall','h').map)" 0
    EVAL "redis.setresp(4)" 0
    EVAL "redis.setresp()" 0
    EVAL "redis.setresp(2,3)" 0
  `,
  "redis.call: arguments": s`
    EVAL "return redis.call()" 0
    EVAL "return redis.pcall()" 0
    EVAL "return redis.call({})" 0
    EVAL "return redis.call('set','k',true)" 0
    EVAL "return redis.call('set','k',nil)" 0
    EVAL "return redis.call('set','k',{})" 0
    EVAL "return redis.call('set','k',1) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1.5) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',0.1) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1e100) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1e17) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',123456789012) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',2^53) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',2^63) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',-0.0) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1/0) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',-1/0) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',0/0) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1e-5) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1e-4) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k',1/3) and redis.call('get','k')" 0
    EVAL "return redis.call('set','k','a\0b\r\n') and redis.call('get','k')" 0
    EVAL "return redis.call('rpush','l',unpack(ARGV))" 0 ${"a b c d e f g h ".repeat(20)}
    EVAL "return redis.call('set','k',string.rep('x',100000)) and redis.call('strlen','k')" 0
    EVAL "return redis.call('get','k')" 0
    EVAL "local t = {} for i=1,3000 do t[i]=string.rep(i,100) end redis.call('del','l') redis.call('rpush','l',unpack(t)) return #redis.call('lrange','l',0,-1)" 0
    EVAL "return redis.call('lrange','l',2990,-1)" 0
    EVAL "return redis.sha1hex(table.concat(redis.call('lrange','l',0,-1)))" 0
  `,
  "redis.call: errors": s`
    RPUSH l a
    EVAL "return redis.call('get','l')" 0
    EVAL "return redis.pcall('get','l')" 0
    EVAL "return redis.pcall('get','l').err" 0
    EVAL "local e = redis.pcall('get','l') local t = {} for k,v in pairs(e) do t[#t+1]=k..'='..tostring(v) end table.sort(t) return t" 0
    EVAL "local e = redis.pcall('nosuch') local t = {} for k,v in pairs(e) do t[#t+1]=k..'='..tostring(v) end table.sort(t) return t" 0
    EVAL "return redis.call('nosuch')" 0
    EVAL "return redis.pcall('nosuch','x')" 0
    EVAL "return redis.call('get')" 0
    EVAL "return redis.call('get','a','b')" 0
    EVAL "return redis.call('multi')" 0
    EVAL "return redis.call('exec')" 0
    EVAL "return redis.call('eval','return 1',0)" 0
    EVAL "return redis.call('client','id')" 0
    EVAL "return redis.call('client')" 0
    EVAL "return redis.call('client','nosuch')" 0
    EVAL "return redis.call('config','get','port')" 0
    EVAL "return redis.call('subscribe','c')" 0
    EVAL "return redis.call('watch','k')" 0
    EVAL "return redis.call('object','nosuch','l')" 0
    EVAL "return redis.call('script','load','return 1')" 0
    EVAL "local ok, e = pcall(redis.call,'get','l') return {tostring(ok),type(e),e.err}" 0
    EVAL "local ok, e = pcall(redis.call,'get','l') return e" 0
    EVAL "local ok, e = pcall(redis.call,'get','l') error(e)" 0
    EVAL "local ok, e = pcall(function() redis.call('get','l') end) return e" 0
    EVAL "redis.pcall('get','l') return 1" 0
    EVAL "redis.call('set','before',1) redis.call('get','l') redis.call('set','after',1)" 0
    EXISTS before after
  `,
  "EVAL: errors with script and line": s`
    EVAL "return foo(" 0
    EVAL "return 1 + nil" 0
    EVAL "\n\nreturn 1 + nil" 0
    EVAL "local x = nil\nreturn x.y" 0
    EVAL "error('abc')" 0
    EVAL "error('abc',0)" 0
    EVAL "error('abc',2)" 0
    EVAL "\nerror({err='abc def'})" 0
    EVAL "error({err='abc'})" 0
    EVAL "error()" 0
    EVAL "error(true)" 0
    EVAL "error(12)" 0
    EVAL "error({err=12})" 0
    EVAL "local function f()\n error('in f')\nend\nf()" 0
    EVAL "local function f()\n redis.call('nosuch')\nend\n\nf()" 0
    EVAL "local function f() return f() + 1 end return f()" 0
    EVAL "return nosuch" 0
    EVAL "x = 1" 0
    EVAL "return redis.nosuch" 0
    EVAL "redis.x = 1" 0
    EVAL "string.x = 1" 0
    EVAL "return ('x'):nosuch()" 0
    EVAL "return 'a' .. {}" 0
    EVAL "return #nil" 0
    EVAL "return 1 < 'x'" 0
    EVAL "for i=1,'x' do end" 0
    EVAL "return tonumber()" 0
    EVAL "string.rep()" 0
    EVAL "('x'):rep({})" 0
    EVAL "return setmetatable(1,{})" 0
    EVAL "assert(false)" 0
    EVAL "assert(nil,'why')" 0
    EVAL "local a <const> = 1" 0
    EVAL "goto x" 0
    EVAL "return 'unfinished" 0
    EVAL "return [[unfinished" 0
    EVAL "break" 0
  `,
  "EVAL: globals are protected": s`
    EVAL "_G.x = 1" 0
    EVAL "_G = 1" 0
    EVAL "tonumber = 1" 0
    EVAL "KEYS = 1" 0
    EVAL "rawset(_G,'x',1)" 0
    EVAL "rawset(redis,'x',1)" 0
    EVAL "getmetatable(_G).__index = 1" 0
    EVAL "getmetatable('').__index = 1" 0
    EVAL "getmetatable('').__index.x = 1" 0
    EVAL "local t = {} for k in pairs(redis) do t[#t+1] = k end table.sort(t) return table.concat(t,',')" 0
    EVAL "local t = {} for k in pairs(table) do t[#t+1] = k end table.sort(t) return table.concat(t,',')" 0
    EVAL "return rawget(_G,'nosuch')" 0
    EVAL "return type(rawget(_G,'redis'))" 0
    EVAL "return type(_G.redis)" 0
    EVAL "return type(_G._G._G.string)" 0
    EVAL "local function nosuch() end return 1" 0
    EVAL "function f() end" 0
    EVAL "return debug" 0
    EVAL "return io" 0
    EVAL "return print" 0
    EVAL "return dofile" 0
    EVAL "return require" 0
    EVAL "return setfenv" 0
    EVAL "return newproxy" 0
    EVAL "return loadstring(string.dump(function() return 1 end))" 0
    EVAL "return loadstring('return 7')()" 0
    EVAL "return loadstring('return nosuch')()" 0
    EVAL "return loadstring('x = 1')()" 0
    EVAL "return load(function() return nil end)" 0
    EVAL "local n = 0 return load(function() n = n + 1 if n == 1 then return 'return 8' end end)()" 0
    EVAL "return loadstring('return (')" 0
    EVAL "return {loadstring('return (','@name')}" 0
    EVAL "return _VERSION" 0
    EVAL "for k, v in pairs({1,2}) do return {k, v} end" 0
    EVAL "return type(next)" 0
    EVAL "return pairs()" 0
    EVAL "return pairs(1)" 0
  `,
  "redis library": s`
    EVAL "return redis.error_reply('My Err')" 0
    EVAL "return redis.error_reply('-My Err')" 0
    EVAL "return redis.error_reply('Err')" 0
    EVAL "return redis.error_reply('')" 0
    EVAL "return redis.error_reply()" 0
    EVAL "return redis.error_reply(1)" 0
    EVAL "return redis.error_reply('a','b')" 0
    EVAL "return redis.status_reply('A B')" 0
    EVAL "return redis.status_reply({})" 0
    EVAL "return redis.status_reply('x').ok" 0
    EVAL "return redis.error_reply('x y').err" 0
    EVAL "return redis.sha1hex('')" 0
    EVAL "return redis.sha1hex('abc')" 0
    EVAL "return redis.sha1hex(12)" 0
    EVAL "return redis.sha1hex()" 0
    EVAL "return redis.log(1)" 0
    EVAL "return redis.log('x','y')" 0
    EVAL "return redis.log(9,'x')" 0
    EVAL "return redis.log(-1,'x')" 0
    EVAL "return redis.log(redis.LOG_DEBUG,'x')" 0
    EVAL "return redis.set_repl(99)" 0
    EVAL "return redis.set_repl()" 0
    EVAL "return redis.set_repl(redis.REPL_ALL)" 0
    EVAL "return {redis.REPL_ALL,redis.REPL_AOF,redis.REPL_REPLICA,redis.REPL_SLAVE,redis.REPL_NONE}" 0
    EVAL "return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}" 0
    EVAL "return {type(redis.REDIS_VERSION),type(redis.REDIS_VERSION_NUM)}" 0
    EVAL "return redis.breakpoint()" 0
    EVAL "return redis.debug('x')" 0
    EVAL "return redis.replicate_commands()" 0
    EVAL "return redis.acl_check_cmd('set','a','b')" 0
    EVAL "return redis.acl_check_cmd('nosuch','a','b')" 0
    EVAL "return redis.acl_check_cmd()" 0
    EVAL "return redis.register_function" 0
  `,
  "EVALSHA and SCRIPT": s`
    SCRIPT LOAD "return 1"
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0
    SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db abc E0E1F9FABFC9D4800C877A703B823AC0578FF8DB
    EVALSHA abc 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db x
    EVALSHA abc x
    EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT LOAD "return ("
    SCRIPT LOAD
    SCRIPT LOAD a b
    SCRIPT FLUSH
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVAL "return 1" 0
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT FLUSH ASYNC
    SCRIPT FLUSH SYNC
    SCRIPT FLUSH x
    SCRIPT FLUSH SYNC x
    SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
    SCRIPT EXISTS
    SCRIPT NOSUCH
    SCRIPT
    SCRIPT HELP
    SCRIPT KILL
    EVAL "return foo(" 0
    SCRIPT EXISTS 1fa00e76656cc152ad327c13fe365858fd7be306
    EVAL_RO "return redis.call('get','k')" 0
    EVAL_RO "return redis.call('set','k','v')" 0
    EVAL_RO "return redis.pcall('set','k','v')" 0
    EVALSHA_RO ffffffffffffffffffffffffffffffffffffffff 0
  `,
  "EVAL: shebang": s`
    EVAL "#!lua\nreturn 1" 0
    EVAL "#!lua name=x\nreturn 1" 0
    EVAL "#!lua\nreturn 1 + nil" 0
    EVAL "#!lua" 0
    EVAL "#!lua flags=no-writes\nreturn redis.call('set','a','b')" 0
    EVAL "#!lua flags=no-writes\nreturn redis.call('get','a')" 0
    EVAL "#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1" 0
    EVAL "#!lua flags=\nreturn 1" 0
    EVAL "#!lua flags=,\nreturn 1" 0
    EVAL "#!lua flags=bad\nreturn 1" 0
    EVAL "#!lua flags=no-writes flags=allow-oom\nreturn 1" 0
    EVAL "#!LUA\nreturn 1" 0
    EVAL "#!py\nreturn 1" 0
    EVAL "#! lua\nreturn 1" 0
    EVAL "#!\nreturn 1" 0
    EVAL "#!lua x=y\nreturn 1" 0
    EVAL "#!lua\nreturn {1" 0
    EVAL " #!lua\nreturn 1" 0
  `,
  "EVAL: databases": s`
    SELECT 1
    EVAL "return redis.call('set','k','one')" 0
    GET k
    EVAL "redis.call('select',2) redis.call('set','k','two') return redis.call('get','k')" 0
    GET k
    EVAL "return redis.call('get','k')" 0
    SELECT 2
    GET k
    EVAL "return redis.call('select',99)" 0
  `,
  "EVAL: within MULTI": s`
    MULTI
    EVAL "return redis.call('incr','n')" 0
    EVAL "return redis.call('nosuch')" 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    INCR n
    EVAL "return redis.call('lpop','none')" 0
    EXEC
    GET n
  `,
  "EVAL: wakes those who wait": s`
    @b & BLPOP q 0
    EVAL "redis.call('rpush','q','a') return redis.call('llen','q')" 0
    @b <
    @b & BLPOP q 0
    EVAL "redis.call('rpush','q','a') redis.call('del','q') return 1" 0
    RPUSH q last
    @b <
    WATCH w
    @b EVAL "return redis.call('set','w',1)" 0
    MULTI
    PING
    EXEC
  `,
  "BUSY: a script that takes long": s`
    CONFIG SET busy-reply-threshold 100
    @a & EVAL "while true do end" 0
    !sleep 400
    GET k
    PING
    SCRIPT FLUSH
    SCRIPT LOAD "return 1"
    FUNCTION KILL
    FUNCTION STATS
    SHUTDOWN
    SHUTDOWN SAVE
    @b MULTI
    @b SET k v
    @b EXEC
    @b WATCH k
    @b DISCARD
    SCRIPT KILL
    @a <
    GET k
    @a GET k
    @a & EVAL "while true do pcall(function() while true do end end) end" 0
    !sleep 400
    SCRIPT KILL
    @a <
    @a & EVAL "redis.call('set','k','w') local n = 0 for i=1,1.5e8 do n = n + i end return n" 0
    !sleep 400
    SCRIPT KILL
    GET k
    @a <
    GET k
    SCRIPT KILL
    @a MULTI
    @a EVAL "while true do end" 0
    @a GET k
    @a & EXEC
    !sleep 400
    SCRIPT KILL
    @a <
    CONFIG SET busy-reply-threshold 5000
  `,
  "BUSY: what is sent behind the script": s`
    CONFIG SET busy-reply-threshold 100
    SET k v
    @a > EVAL "while true do end" 0\r\nGET k\r\nECHO done\r\n
    !sleep 400
    GET k
    SCRIPT KILL
    @a < 3
    @a > EVAL "while true do end" 0\r\nGET k\r\n
    !sleep 400
    @a > ECHO later\r\n
    SCRIPT KILL
    @a < 3
    CONFIG SET busy-reply-threshold 5000
  `,
  "EVAL: memory": s`
    SET k v
    RPUSH l a
    CONFIG SET maxmemory 1
    EVAL "return redis.call('set','a',1)" 0
    EVAL "return redis.pcall('set','a',1)" 0
    EVAL "return redis.call('get','k')" 0
    EVAL "redis.call('del','k') return redis.call('set','a',1)" 0
    EVAL "redis.call('lpop','l') return redis.call('set','a',1)" 0
    EVAL "#!lua\nreturn 1" 0
    EVAL "#!lua flags=allow-oom\nreturn redis.call('set','a',1)" 0
    EVAL "#!lua flags=no-writes\nreturn redis.call('get','a')" 0
    EVAL_RO "return 1" 0
    CONFIG SET maxmemory 0
    EVAL_RO "#!lua\nreturn 1" 0
    EVAL_RO "#!lua flags=no-writes\nreturn 1" 0
    EVAL_RO "#!lua flags=no-writes\nreturn redis.call('set','a',1)" 0
  `,
  "EVAL: what others hear of, from a script that may not write": s`
    EVAL_RO "return redis.call('publish','a','b')" 0
    EVAL_RO "return redis.call('spublish','a','b')" 0
    EVAL_RO "return redis.call('pfcount','none')" 0
    EVAL "return redis.call('pfcount','none')" 0
    EVAL "return redis.call('publish','a','b')" 0
    SCRIPT DEBUG NO
    SCRIPT DEBUG x
    SCRIPT DEBUG
  `,
  "EVAL: what is counted": s`
    CONFIG RESETSTAT
    EVAL "redis.call('set','a',1) redis.pcall('lpop','a') redis.pcall('nosuch') redis.pcall('get') redis.pcall('multi') return redis.call('incr','a')" 0
    EVAL "redis.call('lpop','a')" 0
    EVAL "return {err='MY bad'}" 0
    EVAL "error('x')" 0
    EVAL "return redis.pcall('nosuch')" 0
    EVAL "return redis.call('get')" 0
    EVALSHA ffff 0
    EVAL "return (" 0
    ~lines:^cmdstat_(info|config|flushall|script|hello|client|select|debug).*$|usec=\d+,usec_per_call=[0-9.]+,|^[$=]\d+.*$|^txt: INFO commandstats
    INFO errorstats
    CONFIG RESETSTAT
  `,
  "EVAL: MONITOR": s`
    @m MONITOR
    EVAL "redis.call('set','a',1) redis.pcall('nosuch') redis.pcall('lpop','a')" 0
    @m <~except:\d+\.\d{6}|127\.0\.0\.1:\d+
    @m <~except:\d+\.\d{6}|127\.0\.0\.1:\d+
    @m <~except:\d+\.\d{6}|127\.0\.0\.1:\d+
  `,
  "EVAL: math.random": s`
    EVAL "math.randomseed(7) return {math.random(100),math.random(100)}" 0
    EVAL "math.randomseed(123456789) return {math.random(100),tostring(math.random())}" 0
    EVAL "return math.random(0)" 0
    EVAL "return math.random(2,1)" 0
    EVAL "return math.random(1,2,3)" 0
  `,
});

/** Comparison cases of functions: FUNCTION, FCALL. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;
const lib = (name: string, body: string) => s`"#!lua name=${name}\n${body}"`;
const simple = (name: string, fn: string) =>
  lib(name, `redis.register_function('${fn}', function(keys,args) return {keys,args} end)`);

export const functionChecks = family("functions", {
  "FUNCTION: loading, calling, listing": s`
    FUNCTION FLUSH
    FUNCTION LOAD "return 1"
    FUNCTION LOAD "#!lua"
    FUNCTION LOAD "#!lua\nreturn 1"
    FUNCTION LOAD "#!lua name=\nreturn 1"
    FUNCTION LOAD "#!lua name=a-b\nreturn 1"
    FUNCTION LOAD "#!lua name=a name=b\nreturn 1"
    FUNCTION LOAD "#!lua name=a x=y\nreturn 1"
    FUNCTION LOAD "#!lua x\nreturn 1"
    FUNCTION LOAD "#!py name=a\nreturn 1"
    FUNCTION LOAD "#!LUA name=a\nreturn 1"
    FUNCTION LOAD "#!lua name=a\nreturn 1"
    FUNCTION LOAD "#!lua name=a\nreturn ("
    FUNCTION LOAD "#!lua name=a\nerror('x')"
    FUNCTION LOAD "#!lua name=a\nredis.call('get','x')"
    FUNCTION LOAD "#!lua name=a\nredis.setresp(3)"
    FUNCTION LOAD "#!lua name=a\nredis.log(redis.LOG_NOTICE,'x')"
    FUNCTION LOAD "#!lua name=a\nx = 1"
    FUNCTION LOAD "#!lua name=a\nreturn nosuch"
    FUNCTION LOAD "#!lua name=a\nreturn KEYS"
    FUNCTION LOAD "#!lua name=a\nredis.register_function('f', 1)"
    FUNCTION LOAD "#!lua name=a\nredis.register_function('f')"
    FUNCTION LOAD "#!lua name=a\nredis.register_function()"
    FUNCTION LOAD "#!lua name=a\nredis.register_function('a-b', function() end)"
    FUNCTION LOAD "#!lua name=a\nredis.register_function({}, function() end)"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f'}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{callback=function() end}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f',callback=1}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f',callback=function() end,x=1}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f',callback=function() end,flags='x'}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f',callback=function() end,flags={'x'}}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='f',callback=function() end,description=1}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name=1,callback=function() end}"
    FUNCTION LOAD "#!lua name=a\nredis.register_function('f', function() end) redis.register_function('f', function() end)"
    FUNCTION LOAD "#!lua name=a\nredis.register_function(1, function() end)"
    FUNCTION LOAD x "#!lua name=a\nredis.register_function('f', function() end)"
    FUNCTION LOAD replace
    FUNCTION FLUSH
    FUNCTION LOAD "#!lua name=lib\nlocal function f(keys, args) return {keys,args} end\nredis.register_function('f', f)\nredis.register_function{function_name='g', callback=function(keys,args) return redis.call('set',keys[1],args[1]) end, flags={'no-writes','allow-oom'}, description='what it does'}\nredis.register_function{function_name='h', callback=function(keys,args) return redis.call('nosuch') end}\nredis.register_function('e', function() \n error('boom') end)\nredis.register_function('v', function() return KEYS end)\nredis.register_function('w', function() return redis.register_function('z',function() end) end)\nredis.register_function('x', function() xx = 1 end)\nredis.register_function('s', function(keys) return redis.call('set',keys[1],1) end)\nredis.register_function('t', function(keys) local t = {} for k in pairs(redis) do t[#t+1]=k end table.sort(t) return t end)\nredis.register_function('u', function(keys) local t = {} for k in pairs(_G) do t[#t+1]=k end table.sort(t) return t end)\n"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function() end)"
    FUNCTION LOAD "#!lua name=lib2\nredis.register_function('f', function() end)"
    FUNCTION LOAD replace "#!lua name=lib2\nredis.register_function('f', function() end)"
    FCALL f 1 a b c
    FCALL f 0
    FCALL F 0
    FCALL nosuch 0
    FCALL f x
    FCALL f 5 a
    FCALL f -1
    FCALL g 1 a b
    FCALL_RO g 1 a b
    FCALL_RO f 0
    FCALL h 0
    FCALL e 0
    FCALL v 0
    FCALL w 0
    FCALL x 0
    FCALL s 1 k
    FCALL_RO s 1 k
    FCALL t 0
    ~unordered FUNCTION LIST
    ~unordered FUNCTION LIST libraryname li* withcode
    FUNCTION LIST x
    ~unordered FUNCTION LIST libraryname
    FUNCTION LIST withcode withcode
    FUNCTION DELETE nosuch
    FUNCTION FLUSH x
    FUNCTION FLUSH sync x
    FUNCTION KILL
    FUNCTION STATS
    FUNCTION DUMP x
    FUNCTION RESTORE x
    FUNCTION RESTORE x y
    FUNCTION RESTORE x flush z
    FUNCTION nosuch
    FUNCTION DELETE lib
    FUNCTION LIST
  `,
  "FUNCTION: replacing, names, flushing": s`
    FUNCTION FLUSH
    FUNCTION LOAD ${simple("lib", "f")}
    FUNCTION LOAD REPLACE ${simple("lib", "g")}
    FCALL f 0
    FCALL g 0
    FUNCTION LOAD ${simple("lib2", "f")}
    FUNCTION LOAD REPLACE ${simple("lib", "f")}
    FCALL g 0
    FUNCTION LOAD REPLACE replace ${simple("lib", "h")}
    FUNCTION LOAD ${simple("LIB", "i")}
    FUNCTION LOAD ${simple("other", "H")}
    FUNCTION DELETE LIB
    FUNCTION DELETE lib
    FUNCTION DELETE lib
    FUNCTION STATS
    FUNCTION FLUSH ASYNC
    FUNCTION STATS
    FUNCTION LIST
    FUNCTION HELP
    FUNCTION
    FCALL
    FCALL f
    FCALL_RO f
    FUNCTION LOAD
    FUNCTION DELETE
  `,
  "FUNCTION: dump and restore": s`
    FUNCTION FLUSH
    FUNCTION DUMP
    FUNCTION LOAD ${simple("lib", "f")}
    FUNCTION FLUSH
    FUNCTION RESTORE "\xf5\xc3@O@W\x1f#!lua name=lib\nredis.register_fu\x0bnction('f', \xe0\x00\r\x12keys,args) return {\xe0\x00\x12\x05} end)\n\x00\x03\t\x60uf\xb0m\xd4"
    FUNCTION LIST WITHCODE
    FUNCTION FLUSH
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5"
    ~unordered FUNCTION LIST WITHCODE
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5"
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5" APPEND
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5" REPLACE
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5" FLUSH
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() enD)\n\x00C\xcbh\xb4\xa7\x0fL\xa5" FLUSH
    FUNCTION RESTORE ""
    FUNCTION FLUSH
    FUNCTION LOAD ${simple("other", "f")}
    FUNCTION RESTORE "\xf5;#!lua name=lib\nredis.register_function('f', function() end)\n\x00C\xcbh\xb4\xa7\x0fL\xa5" REPLACE
    ~unordered FUNCTION LIST
    FUNCTION FLUSH
  `,
  "FCALL: what functions do": s`
    FUNCTION FLUSH
    SET k 5
    FUNCTION LOAD ${
    lib(
      "lib",
      s`local n = 0\nredis.register_function('count', function() n = n + 1 return n end)\nredis.register_function('incr', function(keys,args) return redis.call('incrby',keys[1],args[1]) end)\nredis.register_function('resp3', function() redis.setresp(3) return redis.call('hgetall','h') end)\nredis.register_function('err', function() return redis.error_reply('MY err') end)\nredis.register_function('pc', function() return redis.pcall('nosuch') end)\nredis.register_function('str', function() return string.rep('x',3)..cjson.encode({1}) end)\nredis.register_function('many', function() return 1,2,3 end)\nredis.register_function('none', function() end)`,
    )
  }
    FCALL count 0
    FCALL count 0
    FCALL incr 1 k 7
    FCALL incr 1 k x
    HSET h f v
    FCALL resp3 0
    FCALL err 0
    FCALL pc 0
    FCALL str 0
    FCALL many 0
    FCALL none 0
    MULTI
    FCALL count 0
    FCALL incr 1 k 1
    EXEC
    EVAL "return redis.call('fcall','count',0)" 0
    EVAL "return redis.call('function','list')" 0
    EVAL "return n" 0
    SELECT 1
    FCALL incr 1 k 2
    GET k
    DEBUG RELOAD
    FCALL incr 1 k 2
    FUNCTION STATS
    FLUSHALL
    FUNCTION STATS
    FUNCTION FLUSH
  `,
  "BUSY: a function that takes long": s`
    FUNCTION FLUSH
    CONFIG SET busy-reply-threshold 100
    FUNCTION LOAD ${lib("lib", "redis.register_function('f', function() while true do end end)")}
    @a & FCALL f 0
    !sleep 400
    GET k
    SCRIPT KILL
    FUNCTION KILL
    @a <
    FUNCTION KILL
    FUNCTION FLUSH
    CONFIG SET busy-reply-threshold 5000
  `,
});

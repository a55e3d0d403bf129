/** Comparison cases of the libraries that scripts have: cjson, cmsgpack, struct, bit, string. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

/** An expression evaluated by a script, with errors as text. */
const evaluated = (expressions: string) =>
  expressions.trim().split("\n").map((line) => {
    const code = line.trim().replace(/\\/g, "\\\\").replace(/"/g, '\\"');
    return `EVAL "return ${code}" 0`;
  }).join("\n");

export const scriptLibraryChecks = family("scripting, libraries", {
  "cjson.encode": evaluated(s`
    cjson.encode({1,2,3,x=1})
    cjson.encode({})
    cjson.encode({1,2,nil,4})
    cjson.encode({[1]=1,[20]=2})
    cjson.encode({[1]=1,[5]=2})
    cjson.encode({[0]=1})
    cjson.encode({[-1]=1})
    cjson.encode(2^53)
    cjson.encode(1e15)
    cjson.encode(1e14)
    cjson.encode(99999999999999)
    cjson.encode(123456789012345678)
    cjson.encode(0.1)
    cjson.encode(1/3)
    cjson.encode(-0.0)
    cjson.encode(1e-7)
    cjson.encode(1.5e300)
    cjson.encode(100)
    cjson.encode('/\\x\127\1\200\n\t"')
    cjson.encode(1/0)
    cjson.encode(0/0)
    cjson.encode(pairs)
    cjson.encode({[true]=1})
    cjson.encode({[1.5]=1})
    cjson.encode({['1']=1})
    cjson.encode(1,2)
    cjson.encode()
    cjson.encode(nil)
    cjson.encode(true)
    cjson.encode(cjson.null)
    cjson.encode({{},{{}},{a={}}})
    cjson.encode({a=cjson.null})
    cjson.encode({a=function() end})
    (function() local t = {} for i=1,1100 do t={t} end return cjson.encode(t) end)()
    (function() local t = {} for i=1,900 do t={t} end return #cjson.encode(t) end)()
    (function() local t = {} t.t = t return cjson.encode(t) end)()
  `),
  "cjson.decode": evaluated(s`
    cjson.decode('[1,')
    cjson.decode('[1 2]')
    cjson.decode('{1:2}')
    cjson.decode('{"a"}')
    cjson.decode('')
    cjson.decode(' ')
    cjson.decode('nul')
    cjson.decode('null')
    cjson.decode('true')
    cjson.decode('"abc')
    cjson.decode('"\\q"')
    cjson.decode('"\\u12"')
    cjson.decode('1 1')
    cjson.decode('[1,2,[3,{"a":[4]}]]')
    cjson.decode('{"a":{"b":"c"}}').a.b
    tostring(cjson.decode('0x10'))
    tostring(cjson.decode('0x1.8p3'))
    tostring(cjson.decode('-0x10'))
    tostring(cjson.decode('nan'))
    tostring(cjson.decode('inf'))
    tostring(cjson.decode('-Infinity'))
    tostring(cjson.decode('-01'))
    tostring(cjson.decode('1e'))
    tostring(cjson.decode('1e5'))
    tostring(cjson.decode('1.5E-3'))
    tostring(cjson.decode('.5'))
    tostring(cjson.decode('-'))
    tostring(cjson.decode('-.5'))
    tostring(cjson.decode('+1'))
    tostring(cjson.decode('1.'))
    tostring(cjson.decode('123456789012345678901234567890'))
    cjson.decode(('['):rep(1001)..(']'):rep(1001))
    #cjson.decode(('['):rep(1000)..(']'):rep(1000))
    cjson.decode('{"a":1,}')
    cjson.decode('[1,]')
    cjson.decode('[1}')
    cjson.decode('{')
    cjson.decode('{"a":')
    cjson.decode(':')
    cjson.decode('tru')
    cjson.decode('trueX')
    cjson.decode('"\\ud800"')
    cjson.decode('"\\ud83d\\ude00"')
    cjson.decode('"\\ude00"')
    cjson.decode('"\\u00e9\\u20ac\\n\\/\\b\\f\\r\\t\\\\"')
    cjson.decode('"\\u0000"')
    cjson.decode('"a\1b"')
    cjson.decode('a\0')
    cjson.decode('1\0x')
    cjson.decode('[1]\0x')
    cjson.decode('\0')
    cjson.decode(12)
    cjson.decode({})
    cjson.decode()
    cjson.decode('[1]','x')
    #cjson.decode('[1,null,3]')
    cjson.decode('{"a":null}').a == cjson.null
    type(cjson.null)
    cjson.encode(cjson.decode('{"x":[]}'))
    cjson.decode(string.char(239,187,191)..'1')
  `),
  "cjson: options": evaluated(s`
    cjson.encode_max_depth(0)
    cjson.encode_max_depth(2,3)
    cjson.encode_sparse_array(1,2,3,4)
    {cjson.encode_sparse_array()}
    {cjson.encode_sparse_array(true,0,0)}
    cjson.encode({[1]=1,[200]=2})
    {cjson.encode_sparse_array(true,2,10)}
    cjson.encode({[1]=1,[200]=2})
    {cjson.encode_sparse_array(false,2,10)}
    cjson.encode_number_precision(15)
    cjson.encode_number_precision(3)
    cjson.encode({1/3,12345,100,0.0001})
    cjson.encode_number_precision(14)
    cjson.encode_max_depth(2)
    cjson.encode({{{1}}})
    cjson.encode_max_depth(1000)
    cjson.decode_max_depth(2)
    cjson.decode('[[[1]]]')
    cjson.decode_max_depth(1000)
    cjson.decode_invalid_numbers(false)
    cjson.decode('0x10')
    cjson.decode('nan')
    cjson.decode('010')
    cjson.decode_invalid_numbers('on')
    cjson.decode_invalid_numbers(1,2)
    cjson.decode_invalid_numbers('x')
    cjson.encode_invalid_numbers('null')
    cjson.encode({0/0,1/0,-1/0})
    cjson.encode_invalid_numbers(true)
    cjson.encode({0/0,1/0,-1/0})
    cjson.encode_invalid_numbers(false)
    cjson.encode_invalid_numbers('x')
    cjson.encode_keep_buffer()
    cjson.encode_keep_buffer('off')
    cjson.encode_keep_buffer(true)
    {cjson._NAME,cjson._VERSION}
    cjson.new().encode({1})
  `),
  "cmsgpack": evaluated(s`
    cmsgpack.pack(1,2,'x')
    cmsgpack.pack()
    cmsgpack.pack({1,2,3},{a=1},{})
    cmsgpack.pack(nil,true,false,1.5,0.1,-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649)
    cmsgpack.pack(127,128,255,256,65535,65536,4294967295,4294967296,2^53,2^62,2^63,-2^63,1e300)
    cmsgpack.pack(('x'):rep(31),('x'):rep(32),('x'):rep(255),('x'):rep(256))
    #cmsgpack.pack(('x'):rep(65535)) + #cmsgpack.pack(('x'):rep(65536))
    cmsgpack.pack({1,2,nil,4})
    cmsgpack.pack({[1]=1,[2]=2,[4]=4})
    cmsgpack.pack({[1.5]=1})
    cmsgpack.pack({[0]=1})
    cmsgpack.pack({['a']={['b']={1}}})
    cmsgpack.pack(function() end)
    cmsgpack.pack(1/0,0/0)
    (function() local t = {} for i=1,30 do t={t} end return cmsgpack.pack(t) end)()
    (function() local t = {} for i=1,20 do t[i]=i end return cmsgpack.pack(t) end)()
    cmsgpack.unpack(cmsgpack.pack({1,{2,'x'},a=nil}))
    {cmsgpack.unpack(cmsgpack.pack(1,'two',3.5,{4}))}
    {cmsgpack.unpack('')}
    cmsgpack.unpack()
    cmsgpack.unpack(12)
    cmsgpack.unpack('\193')
    cmsgpack.unpack('\204')
    cmsgpack.unpack('\145')
    cmsgpack.unpack('\161')
    cmsgpack.unpack('\129\1')
    cmsgpack.unpack('\196\2ab')
    cmsgpack.unpack('\199\2ab')
    cmsgpack.unpack('\212\2a')
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3))}
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),1)}
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),2)}
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),3)}
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),4)}
    {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),-1)}
    {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2)}
    {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2,1)}
    {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),0)}
    {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),-1)}
    cmsgpack.unpack_limit(cmsgpack.pack(1,2,3))
    tostring(cmsgpack.unpack('\207\255\255\255\255\255\255\255\255'))
    tostring(cmsgpack.unpack('\211\255\255\255\255\255\255\255\255'))
    tostring(cmsgpack.unpack('\202\63\128\0\0'))
    cmsgpack.unpack('\129\192\1')
    {cmsgpack._NAME,cmsgpack._VERSION,cmsgpack._COPYRIGHT,cmsgpack._DESCRIPTION}
  `),
  "struct": evaluated(s`
    struct.pack('bBhHiIlLTfd',1,2,3,4,5,6,7,8,9,1.5,2.5)
    struct.pack('>bBhHiIlLTfd',1,2,3,4,5,6,7,8,9,1.5,2.5)
    struct.pack('i3',-2)
    struct.pack('>i3',-2)
    struct.pack('i16',-2)
    struct.pack('i33',1)
    struct.pack('i99999999999',1)
    struct.pack('s','abc')
    struct.pack('c2','abc')
    struct.pack('c5','abc')
    struct.pack('c0','abc')
    struct.pack('c','abc')
    struct.pack('!4bi',1,2)
    struct.pack('!bd',1,2)
    struct.pack('!3b',1)
    struct.pack('xxb',1)
    struct.pack('b b',1,2)
    struct.pack('q',1)
    struct.pack('b')
    struct.pack('b','x')
    struct.pack('b',300)
    struct.pack('B',-1)
    struct.pack('L',-1)
    struct.pack('L',2^63)
    struct.pack('l',2^62)
    struct.pack('i',1.7)
    struct.pack()
    struct.pack('')
    {struct.unpack('bBhH','\1\2\3\0\4\0')}
    {struct.unpack('>hi','\0\1\0\0\0\2')}
    {struct.unpack('b','\255')}
    {struct.unpack('B','\255')}
    {struct.unpack('i3','\254\255\255')}
    {struct.unpack('I3','\254\255\255')}
    {struct.unpack('s','abc\0def')}
    {struct.unpack('s','abc')}
    {struct.unpack('c2','abc')}
    {struct.unpack('bc0','\2abc')}
    {struct.unpack('bc0','\9abc')}
    {struct.unpack('c0','abc')}
    {struct.unpack('b','',1)}
    {struct.unpack('b','abc',3)}
    {struct.unpack('b','abc',4)}
    {struct.unpack('b','abc',0)}
    {struct.unpack('b','abc',-1)}
    {tostring(struct.unpack('f',struct.pack('f',0.1)))}
    {tostring(struct.unpack('d',struct.pack('d',0.1)))}
    {tostring(struct.unpack('>d',struct.pack('>d',-1e300)))}
    {struct.unpack('L',('\255'):rep(8))}
    {struct.unpack('l',('\255'):rep(8))}
    {struct.unpack('!8bi8','\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0')}
    struct.size('bBhHiIlLTfd')
    struct.size('!bd')
    struct.size('s')
    struct.size('c0')
    struct.size('c7i3')
    struct.size('q')
    struct.size('%')
    struct.size()
  `),
  "bit": evaluated(s`
    {bit.tobit(0xffffffff),bit.tobit(0x80000000),bit.tobit(1e10),bit.tobit(-1.5),bit.tobit(0.5),bit.tobit(1.5),bit.tobit(2.5)}
    {bit.bnot(0),bit.bnot(0x12345678),bit.band(0xff,0x0f,3),bit.bor(1,2,4),bit.bxor(0xff,0x0f,1)}
    {bit.lshift(1,0),bit.lshift(1,31),bit.lshift(1,32),bit.lshift(1,33),bit.lshift(1,-1)}
    {bit.rshift(-1,1),bit.rshift(-1,31),bit.arshift(-256,8),bit.arshift(256,8)}
    {bit.rol(0x12345678,12),bit.ror(0x12345678,12),bit.rol(1,0),bit.ror(1,0),bit.rol(1,32)}
    {bit.bswap(0x12345678),bit.bswap(0x78563412)}
    {bit.tohex(1),bit.tohex(-1),bit.tohex(-1,4),bit.tohex(0xabcdef,-8),bit.tohex(255,2),bit.tohex(255,0),bit.tohex(255,99),bit.tohex(255,-99)}
    bit.tobit()
    bit.tobit('x')
    bit.tobit('12')
    bit.band()
    bit.lshift(1)
    bit.tohex()
    bit.band(1,{})
  `),
  "string": evaluated(s`
    {('hello world'):find('o w')}
    {('hello world'):find('o',6)}
    {('hello world'):find('o',-4)}
    {('hello'):find('')}
    {('hello'):find('',10)}
    {('hello'):find('',6)}
    {('hello'):find('l+')}
    {('hello'):find('(l)(l)')}
    {('hello'):find('.',1,true)}
    {('a.b'):find('.',1,true)}
    {('hello'):match('h(.*)o')}
    {('hello'):match('()ll()')}
    {('  x  '):match('^%s*(.-)%s*$')}
    {('key = value'):match('^(%w+)%s*=%s*(%w+)$')}
    {('f(a(b)c)d'):match('%b()')}
    {('THE (quick) fox'):find('%((%a+)%)')}
    {('THE (quick) fox'):gsub('%f[%a]%a+','w')}
    {('hello'):gsub('l','L')}
    {('hello'):gsub('l','L',1)}
    {('hello'):gsub('','-')}
    {('hello'):gsub('(h)(e)','%2%1%0%%')}
    {('hello'):gsub('h','%9')}
    {('hello'):gsub('h','%')}
    {('hello'):gsub('.',{h='H',e=true,l=false})}
    {('hello'):gsub('.',function(c) if c == 'l' then return 1 end end)}
    {('hello'):gsub('.',function(c) return {} end)}
    {('hello'):gsub('h',nil)}
    {('hello world'):gsub('%w+',function(w) return (w:gsub('o','0')) end)}
    (function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t+1]=k..v end return t end)()
    (function() local t = {} for w in ('one two'):gmatch('%a+') do t[#t+1]=w end return t end)()
    (function() local t = {} for p in ('abc'):gmatch('()') do t[#t+1]=p end return t end)()
    (function() local t = {} for p in ('abc'):gmatch('^a') do t[#t+1]=p end return t end)()
    ('abc'):match('[a-')
    ('abc'):match('[]')
    ('a]c'):match('[]]')
    ('a-c'):match('[a-]+')
    ('abc'):match('[^a]+')
    ('abc'):match('%')
    ('abc'):match('(a')
    ('abc'):match('a)')
    ('abc'):match('%1')
    ('aa'):match('(a)%1')
    ('abc'):match('%b')
    ('abc'):match('%f')
    ('abc'):match(('(a)'):rep(33))
    ('a\0b'):find('\0')
    ('a\0b'):find('b')
    ('a\0b'):find('a\0b')
    ('a\0b'):match('%z')
    ('x'):rep(3)
    ('xyz'):rep(5)
    ('x'):rep(0)
    ('x'):rep(-1)
    ('x'):rep()
    ('x'):rep('2')
    ('x'):rep(2.7)
    ('$a'):find('$a')
    ('a$'):find('a$')
    ('aXbX'):gsub('%u','%%')
    ('abc'):find('b',1/0)
    ('äö'):match('%a+')
    ('x'):find()
    string.find('x')
    string.gsub('x','y')
    string.gmatch('x')
    ('x^y'):gsub('^x','')
    ('abcabc'):gsub('^abc','x')
    {('aaa'):find('a-',2)}
    {('aaab'):find('a-b')}
    {('aaab'):find('a?a?a?a?b')}
    {('x = 1 -- c'):match('^(.-)%s*%-%-%s*(.*)$')}
    ('%d'):format(3.7)
    ('%5.1f|%x|%s|%q'):format(3.14159,255,'x','a"b\n')
    ('%s'):format(nil)
    ('%d'):format('x')
    ('%y'):format(1)
    ('%d %i %u %x %X %o'):format(1700000000000,-1700000000000,1700000000000,1700000000000,1700000000000,1700000000000)
    ('%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|'):format(42,42,42,42,42,42,42,42)
    ('%x %X %#x %#o %08x'):format(255,255,255,8,255)
    ('%u'):format(-1)
    ('%d'):format(2^63)
    ('%d'):format('12')
    ('%d'):format(1/0)
    ('%c%c'):format(65,0)
    ('%10.3f|%-10.2e|%G|%g'):format(3.14159,12345.678,1e-10,1e20)
    ('%5s|%-5s|%.2s|%s'):format('abc','abc','abc','a\0b')
    ('%s'):format(('x'):rep(200))
    ('%q'):format('a\0\r\n\\"')
    ('%%'):format()
    ('%'):format()
    ('%d'):format()
    ('%123d'):format(1)
    ('%++++++d'):format(1)
    ('%.123d'):format(1)
    ('%s %s'):format('x')
    ('abc'):sub(1,1e10)
    ('abc'):sub(-1e10,2)
    ('abc'):sub(2)
    ('abc'):sub(-2,-1)
    ('abc'):sub(0)
    ('abc'):sub(3,2)
    ('abc'):sub()
    ('abc'):sub('x')
    ('abc'):sub(1.7,'2')
    table.concat({1,2,3},',')
    table.concat({1,{},3})
    {unpack({1,2,3},2)}
    select('#',1,nil,3)
    tostring(12345678901234567890)
    tostring(0.1)
    tostring(1e15)
    tostring(-0.0)
    tonumber('0x10')
    tonumber('10',2)
    tonumber('z',36)
    tonumber('1e1')
    tonumber('')
    tonumber(' 5 ')
    math.floor(-1.5)
    math.fmod(7,-3)
    math.max(1,5,3)
    tostring(math.pi)
    tostring(math.huge)
    {math.modf(3.7)}
    {math.frexp(8)}
    (function() local t = {3,1,2} table.sort(t) return t end)()
    (function() local t = {3,1,2} table.sort(t,function(a,b) return a>b end) return t end)()
    (function() local t = {1,2,3} table.insert(t,2,9) table.remove(t,1) return t end)()
    {pcall(error,'x')}
    {pcall(error,{1})}
    {xpcall(function() error('x') end,function(e) return 'handled '..e end)}
    {coroutine.resume(coroutine.create(function(a) local b = coroutine.yield(a+1) return b end),1)}
    (function() local f = coroutine.wrap(function() for i=1,3 do coroutine.yield(i) end end) return {f(),f(),f()} end)()
    (function() local f = coroutine.wrap(function() return redis.call('ping') end) return f() end)()
  `),
});

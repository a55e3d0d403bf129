/** Comparison cases of the HyperLogLog commands: replies, and the very bytes that are kept. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

const words = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `e${from + i}`).join(" ");
const header = (encoding: string, estimate: string) => s`HYLL${encoding}\x00\x00\x00${estimate}`;
const FRESH = s`\x00\x00\x00\x00\x00\x00\x00\x00`;
const STALE = s`\x00\x00\x00\x00\x00\x00\x00\x80`;
const sparse = (runs: string, estimate = STALE) => `"${header(s`\x01`, estimate)}${runs}"`;
const dense = (bytes: string, estimate = STALE) =>
  `"${header(s`\x00`, estimate)}${bytes.repeat(12288)}"`;

const basics = family("hll", {
  "PFADD: sparse bytes": s`
    PFADD
    PFADD h
    GET h
    OBJECT ENCODING h
    PFADD h
    PFADD h a
    GET h
    PFADD h a
    PFADD h "" b c d "\x00\xff"
    GET h
    PFADD h ${words(20)}
    GET h
    STRLEN h
    PFDEBUG DECODE h
    PFADD h ${words(300)}
    GET h
    PFCOUNT h
    GET h
    PFADD h ${words(900)}
    GET h
    PFCOUNT h
    PFADD h ${words(1500, 500)}
    PFDEBUG ENCODING h
    GET h
    PFCOUNT h
    PFCOUNT h
    PFADD h ${words(1000)}
    PFADD h ${words(3000, 5000)}
    GET h
    PFCOUNT h
    TTL h
    ${
    ["12345678", "123456789", "1234567", "x".repeat(100), "y".repeat(1003)].map((word) =>
      `PFADD odd ${word}`
    ).join("\n")
  }
    GET odd
  `,
  "PFADD: limits of the sparse form": s`
    CONFIG SET hll-sparse-max-bytes 30
    PFADD h a b c d
    STRLEN h
    PFADD h e
    STRLEN h
    DEL h
    PFADD h ${words(10)}
    GET h
    CONFIG SET hll-sparse-max-bytes 0
    DEL h
    PFADD h
    STRLEN h
    PFADD h a
    GET h
    DEL h
    PFMERGE h h2
    STRLEN h
    CONFIG SET hll-sparse-max-bytes 16000
    PFADD large ${words(6000)}
    PFDEBUG ENCODING large
    GET large
    PFCOUNT large
    PFMERGE other large
    GET other
    CONFIG SET hll-sparse-max-bytes 3000
    PFMERGE other2 large
    PFDEBUG ENCODING other2
    GET other2
    PFCOUNT other2
  `,
  "PFADD: other keys": s`
    SET s abc
    PFADD s x
    SET s ""
    PFADD s x
    SET s 12345
    PFADD s x
    SET s HYLL
    PFADD s
    RPUSH list a
    PFADD list x
    PFADD list
    PFADD h a
    EXPIRE h 1000
    PFADD h b
    ~near:1 TTL h
    SET gone ${sparse(s`\x7f\xff`)} PX 1
    !sleep 10
    PFADD gone a
    TTL gone
    GET gone
    SET emb ${sparse(s`\x7f\xff`)}
    OBJECT ENCODING emb
    PFCOUNT emb
    OBJECT ENCODING emb
    GET emb
    SET emb ${sparse(s`\x7f\xff`)}
    PFADD emb
    OBJECT ENCODING emb
    PFADD emb a b c
    GET emb
    SET emb ${sparse(s`\x7f\xff`)} EX 1000
    PFMERGE to emb
    OBJECT ENCODING emb
    PFMERGE emb to
    OBJECT ENCODING emb
    ~near:1 TTL emb
    SET emb ${sparse(s`\x7f\xff`)}
    PFDEBUG ENCODING emb
    OBJECT ENCODING emb
    COPY emb twin
    PFADD twin x
    GET emb
    GET twin
    APPEND twin x
    PFCOUNT twin
    STRLEN twin
  `,
  "PFCOUNT: estimates": s`
    PFCOUNT
    PFCOUNT missing
    PFCOUNT missing missing2
    PFADD a ${words(10)}
    PFCOUNT a
    PFCOUNT a
    PFCOUNT a missing
    PFADD b ${words(10, 5)}
    PFCOUNT a b
    PFCOUNT b a b
    PFADD c ${words(5000)}
    PFCOUNT c
    PFCOUNT a b c
    PFCOUNT c c
    GET c
    PFADD d ${words(5000, 3000)}
    PFCOUNT c d
    PFADD c z
    PFCOUNT c
    SET kept ${sparse(s`\x7f\xff`, s`\x07\x00\x00\x00\x00\x00\x00\x00`)}
    PFCOUNT kept
    PFCOUNT kept kept
    SET kept ${sparse(s`\x7f\xff`, s`\xff\xff\xff\xff\xff\xff\xff\x7f`)}
    PFCOUNT kept
    PFADD kept x
    PFCOUNT kept
    GET kept
    RPUSH list a
    PFCOUNT list
    PFCOUNT a list
    PFCOUNT list a
    SET s abc
    PFCOUNT s
    PFCOUNT missing s
    CONFIG RESETSTAT
    PFCOUNT a
    PFCOUNT missing
    PFCOUNT a missing s a
    PFCOUNT list
    PFADD a a
    PFADD new a
    PFMERGE new2 a missing
    PFMERGE new list a
    PFDEBUG ENCODING a
    PFDEBUG ENCODING missing
    ~lines:^(?!keyspace_hits|keyspace_misses).*$ INFO stats
  `,
  "PFMERGE: sparse and dense": s`
    PFMERGE
    PFMERGE d
    GET d
    OBJECT ENCODING d
    PFMERGE d2 missing missing2
    GET d2
    PFADD a ${words(50)}
    PFADD b ${words(50, 30)}
    PFMERGE d a b
    GET d
    PFCOUNT d
    PFMERGE d a
    GET d
    PFMERGE e a b missing
    GET e
    PFMERGE f b a
    GET f
    PFMERGE a b
    GET a
    PFADD dense ${words(3000)}
    PFMERGE g dense
    GET g
    PFMERGE a dense
    GET a
    PFMERGE dense b
    GET dense
    PFADD h ${words(800)}
    PFADD i ${words(800, 800)}
    PFMERGE j h i
    GET j
    PFMERGE h i
    GET h
    PFCOUNT h i j
    RPUSH list x
    PFMERGE list
    PFMERGE a list
    PFMERGE list a
    SET s x
    PFMERGE s a
    PFMERGE new s
    EXISTS new
    EXPIRE b 1000
    PFMERGE b a
    ~near:1 TTL b
  `,
  "PFDEBUG: looks inside": s`
    PFDEBUG
    PFDEBUG ENCODING
    PFDEBUG ENCODING missing
    PFDEBUG XYZ missing
    SET s x
    PFDEBUG ENCODING s
    RPUSH list x
    PFDEBUG ENCODING list
    PFDEBUG XYZ list
    PFADD h a b c
    PFDEBUG XYZ h
    PFDEBUG encoding h
    PFDEBUG DECODE h
    PFDEBUG TODENSE h
    PFDEBUG TODENSE h
    PFDEBUG DECODE h
    PFDEBUG Encoding h
    GET h
    PFADD g ${words(200)}
    PFDEBUG DECODE g
    PFDEBUG GETREG g
    PFDEBUG GETREG g
    PFDEBUG encoding g
    SET short ${sparse(s`\x3f\x00\x83\xff\x7f\xff`)}
    PFDEBUG DECODE short
    PFSELFTEST x
  `,
});

/** Runs that make no sense: too few registers, too many, a run cut off, none at all. */
const ROTTEN: Record<string, string> = {
  "too few": s`\x60\x00\x88`,
  "cut off": s`\x71`,
  "cut off after values": s`\x88\x99\x7f`,
  "none": "",
  "too many zeros": s`\x7f\xff\x7f\xff`,
  "too many values": s`\x7f\xfe\x83`,
  "one too few": s`\x7f\xfe`,
  "many zeros": s`\x7f\xff`.repeat(300),
};

const looks = `
    PFCOUNT k
    PFCOUNT k k
    PFMERGE k
    PFMERGE d k
    EXISTS d
    PFDEBUG ENCODING k
    PFDEBUG DECODE k
    PFDEBUG TODENSE k
    PFDEBUG GETREG k
    PFADD k
    ${["a", "b", "c", "d", "e", "f g h i"].map((word) => `PFADD k ${word}`).join("\n")}
    GET k
    PFADD k ${words(50)}
    GET k
    PFCOUNT k`;

const rotten = family("hll", {
  ...Object.fromEntries(
    Object.entries(ROTTEN).map(([name, runs]) => [
      `PFADD: rotten runs, ${name}`,
      `SET k ${sparse(runs)}${looks}`,
    ]),
  ),
  "PFCOUNT: rotten headers": s`
    ${
    [s`\x02`, s`\xff`].map((encoding) => `SET k "${header(encoding, STALE)}\\x7f\\xff"${looks}`)
      .join("\n")
  }
    SET k "${header(s`\x00`, STALE)}\x7f\xff"
    PFCOUNT k
    PFADD k a
    SET k "HYLM\x01\x00\x00\x00${STALE}\x7f\xff"
    PFCOUNT k
    SET k "HYLL\x01\x00\x00\x00\x00\x00\x00"
    PFCOUNT k
    SET k "HYLL\x01\x09\x08\x07${STALE}\x7f\xff"
    PFADD k a b
    PFDEBUG TODENSE k
    GETRANGE k 0 40
    SET k "HYLL\x01\x09\x08\x07${STALE}\x7f\xff"
    PFMERGE new k
    GETRANGE new 0 40
  `,
  "PFCOUNT: impossible registers": s`
    SET k ${dense(s`\xff`)}
    PFCOUNT k
    GETRANGE k 0 20
    PFCOUNT k
    PFADD k a
    SET k ${dense(s`\x00`)}
    PFCOUNT k
    PFADD k a
    SET k ${dense(s`\x55`, FRESH)}
    PFCOUNT k
    PFADD k a
    PFCOUNT k
    SET k ${dense(s`\xaa`)}
    PFCOUNT k
    PFCOUNT k k
    PFMERGE new k
    STRLEN new
    GETRANGE new 0 40
    SET k ${dense(s`\xcf\x3c\xf3`).replace(/(\\x..)+"$/, s`\x33`.repeat(12288) + '"')}
    PFCOUNT k
  `,
});

const told = family("hll", {
  "PFCOUNT: GETKEYS": s`
    COMMAND GETKEYSANDFLAGS PFADD h a b
    COMMAND GETKEYSANDFLAGS PFCOUNT a b c
    COMMAND GETKEYSANDFLAGS PFMERGE d a b
    COMMAND GETKEYSANDFLAGS PFDEBUG XYZ h
    COMMAND GETKEYS PFSELFTEST
    COMMAND GETKEYS PFADD
  `,
  "PFCOUNT: expired keys": s`
    PFADD h a b
    PFADD gone c d
    PEXPIRE gone 1
    !sleep 10
    PFCOUNT gone
    PFADD gone x
    PEXPIRE gone 1
    !sleep 10
    PFCOUNT h gone
    EXISTS gone
    PFADD gone x
    PEXPIRE gone 1
    !sleep 10
    PFMERGE gone h
    TTL gone
    PFCOUNT gone
    PFDEBUG DECODE gone
    PEXPIRE gone 1
    !sleep 10
    PFDEBUG ENCODING gone
  `,
  "PFADD: events": s`
    CONFIG SET notify-keyspace-events AKEmn
    @e PSUBSCRIBE __keyevent@0__:*
    PFADD h
    PFADD h
    PFADD h a
    PFADD h a
    PFCOUNT h
    PFCOUNT h
    PFCOUNT m
    PFCOUNT m h
    PFMERGE d h m
    PFMERGE d
    PFDEBUG TODENSE h
    PFDEBUG GETREG d
    PFADD h b c d
    @e < 11
    @e !silent 20
    CONFIG SET notify-keyspace-events E$
    PFADD n a
    PFMERGE n2 n
    @e < 2
    @e !silent 20
  `,
  "PFCOUNT: what watchers see": s`
    PFADD h a
    WATCH h
    @b PFADD h a
    MULTI
    PING
    EXEC
    WATCH h
    @b PFCOUNT h
    MULTI
    PING
    EXEC
    WATCH h
    @b PFCOUNT h
    @b PFCOUNT h h
    MULTI
    PFADD h b
    PFCOUNT h
    EXEC
    WATCH h
    @b PFMERGE h
    MULTI
    PING
    EXEC
    WATCH h
    @b PFDEBUG TODENSE h
    MULTI
    PING
    EXEC
    WATCH h
    @b PFDEBUG GETREG h
    MULTI
    PING
    EXEC
  `,
});

export const hllChecks = [...basics, ...rotten, ...told];

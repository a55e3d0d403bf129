/** Imports run one way, those of types too; nothing goes in a circle; files stay readable. */

/** Rooms from the bottom up: a file may import, types included, from its own rank or below. */
const ranks: readonly (readonly [prefix: string, rank: number])[] = [
  // The core, from bytes to files; what a lower room does by a higher one is handed in by wiring.ts.
  ["core-as/assembly/base/", -10],
  ["core-as/assembly/text/", -9],
  ["core-as/assembly/hashing/", -8],
  ["core-as/assembly/protocol/", -7],
  ["core-as/assembly/structures/", -6],
  ["core-as/assembly/keyspace/", -5],
  ["core-as/assembly/types/", -4],
  ["core-as/assembly/generic/", -3],
  ["core-as/assembly/files/", -2],
  ["core-as/assembly/wiring.ts", -1],
  ["core-as/assembly/", 0],
  ["core-as/", 1],
  ["server/version.ts", 2],
  ["server/env/real/", 3],
  ["server/env/node/", 3],
  ["server/env/", 2],
  ["server/config/", 3],
  ["server/resp/", 3],
  // What commands are, and who runs them: those who only look at commands know no handler.
  ["server/commands/facts.ts", 3],
  ["server/commands/command_info.ts", 3],
  ["server/commands/keys.ts", 3],
  ["server/acl/", 4],
  ["server/gates/", 4],
  ["server/stats/", 4],
  ["server/net/", 4],
  ["server/http/", 4],
  ["server/keyspace/", 4],
  ["server/transactions/", 4],
  ["server/pubsub/", 4],
  ["server/tracking/", 4],
  ["server/propagation/", 4],
  ["server/saving/", 4],
  ["server/loop/", 4],
  ["server/scripting/", 4],
  ["server/cluster/", 4],
  ["server/commands/", 5],
  ["server/server.ts", 6],
  ["server/options_in_force.ts", 6],
  ["persistence/", 7],
  ["cluster/", 7],
  ["server/main.ts", 8],
  ["server/command_line.ts", 9],
  ["server/embedded/", 9],
  ["server/bundle/", 10],
  ["mod.ts", 10],
  ["tests/", 11],
  ["bench/", 11],
];

/**
 * What only `server/env/real` asks the system for: a server gets it as its environment, so that a simulation
 * can stand in its place.
 */
const SYSTEM =
  /\bDeno\.|\bperformance\.now|\bset(Timeout|Immediate|Interval)\(|\bAtomics\.wait|\bDate\.now|\bnew Date\(\)|"node:(?!crypto)/;
const SYSTEM_ROOMS = [
  "server/env/real/",
  "server/env/node/",
  "server/bundle/",
  "cluster/local/",
  "tests/",
  "bench/",
  "core-as/",
];

/** Tests, their cases and their makers of random commands, which stand beside what they are of. */
const TEST_FILE = /_test\.ts$|\/testing\w*\.ts$|^server\/commands\/.*_(cases|random)\.ts$/;

/** Lines a file may have. */
const MAX_LINES = 600;
/** Longer ones, with the reason why they are one. */
const longFiles: Record<string, string> = {};

interface SourceFile {
  path: string;
  text: string;
}

function* sources(root: string, dir = ""): Generator<SourceFile> {
  for (const entry of Deno.readDirSync(root + dir)) {
    const path = dir + entry.name;
    if (entry.isDirectory && !/^(\.|node_modules|build$)/.test(entry.name)) {
      yield* sources(root, `${path}/`);
    } else if (entry.name.endsWith(".ts")) {
      yield { path, text: Deno.readTextFileSync(root + path) };
    }
  }
}

/** Paths, relative to the root, of what a file imports. */
function importsOf({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  const statement = /^(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"/gm;
  for (const [, specifier] of text.matchAll(statement)) {
    const url = new URL(specifier, `file:///${path}`).pathname.slice(1);
    if (url.endsWith(".json")) continue;
    found.push(path.startsWith("core-as/assembly/") ? `${url}.ts` : url);
  }
  return found;
}

/** The text with blanks in place of its comments. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/ .*/g, (comment) => comment.replace(/[^\n]/g, " "));
}

function rankOf(path: string): number {
  return ranks.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 99;
}

/** The first cycle among imports, as the files on it. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const walk = (path: string, trail: string[]): string[] | null => {
    const at = trail.indexOf(path);
    if (at >= 0) return [...trail.slice(at), path];
    if (done.has(path)) return null;
    for (const next of imports.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    done.add(path);
    return null;
  };
  for (const path of imports.keys()) {
    const cycle = walk(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Prints what breaks the rules. @returns whether nothing does */
export function checkLayering(root: string): boolean {
  const wrong: string[] = [];
  const imports = new Map<string, string[]>();
  for (const file of sources(root)) {
    const { path, text } = file;
    const lines = text.split("\n").length;
    // A table of cases is read by looking one up.
    if (lines > MAX_LINES && !(path in longFiles) && !path.endsWith("_cases.ts")) {
      wrong.push(`${path} has ${lines} lines`);
    }
    const targets = importsOf(file);
    imports.set(path, targets);
    if (TEST_FILE.test(path)) continue;
    if (!SYSTEM_ROOMS.some((room) => path.startsWith(room))) {
      const found = withoutComments(text).split("\n").findIndex((line) => SYSTEM.test(line));
      if (found >= 0) {
        wrong.push(`${path}:${found + 1} asks the system itself: take it from the environment`);
      }
    }
    for (const target of targets) {
      if (TEST_FILE.test(target) && !/^(tests|bench)\//.test(path)) {
        wrong.push(`${path} imports what is for tests: ${target}`);
      }
      if (rankOf(target) > rankOf(path)) wrong.push(`${path} imports upward: ${target}`);
    }
  }
  const cycle = findCycle(imports);
  if (cycle !== null) wrong.push(`import cycle: ${cycle.join(" -> ")}`);
  for (const line of wrong) console.log(`  ${line}`);
  return wrong.length === 0;
}

/**
 * Imports run one way, and files stay readable. Type-only imports are free: they vanish.
 */

/** Rooms from the bottom up: a file may import values from its own rank or below. */
const ranks: readonly (readonly [prefix: string, rank: number])[] = [
  ["core-as/assembly/", 0],
  ["core-as/", 1],
  ["server/config/", 2],
  ["server/env/", 2],
  ["server/resp/", 2],
  ["server/stats/", 3],
  ["server/net/", 3],
  ["server/keyspace/", 3],
  ["server/transactions/", 3],
  ["server/pubsub/", 3],
  ["server/tracking/", 3],
  ["server/loop/", 3],
  ["server/propagation/", 4],
  ["server/commands/", 4],
  ["server/server.ts", 5],
  ["persistence/", 5],
  ["cluster/", 5],
  ["server/main.ts", 6],
  ["server/command_line.ts", 7],
  ["mod.ts", 8],
  ["tests/", 9],
  ["bench/", 9],
];

/**
 * What only `server/env/real` asks the system for: a server gets it as its environment, so that a simulation
 * can stand in its place.
 */
const SYSTEM =
  /\bDeno\.|\bperformance\.now|\bset(Timeout|Immediate|Interval)\(|\bAtomics\.wait|\bDate\.now|\bnew Date\(\)|"node:/;
const SYSTEM_ROOMS = ["server/env/real/", "tests/", "bench/", "core-as/"];

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

/** Paths, relative to the root, of what a file imports values from. */
function valueImports({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  const statement = /^(?:import|export)\s+(?!type\s)(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"/gm;
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

/** The first cycle among value imports, as the files on it. */
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
    const values = valueImports(file);
    // In the core who removes a key frees its value, and a type's commands remove keys: object.ts joins
    // the two ends. asc links a module as a whole, so there the circle costs nothing.
    if (!path.startsWith("core-as/assembly/")) imports.set(path, values);
    if (path.endsWith("_test.ts") || path.endsWith("/testing.ts")) continue;
    if (!SYSTEM_ROOMS.some((room) => path.startsWith(room))) {
      const found = withoutComments(text).split("\n").findIndex((line) => SYSTEM.test(line));
      if (found >= 0) {
        wrong.push(`${path}:${found + 1} asks the system itself: take it from the environment`);
      }
    }
    for (const target of values) {
      if (rankOf(target) > rankOf(path)) wrong.push(`${path} imports upward: ${target}`);
    }
  }
  const cycle = findCycle(imports);
  if (cycle !== null) wrong.push(`import cycle: ${cycle.join(" -> ")}`);
  for (const line of wrong) console.log(`  ${line}`);
  return wrong.length === 0;
}

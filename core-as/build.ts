/**
 * Compiles the AssemblyScript core to WASM with asc, only when its sources changed.
 *
 * Two modules come out of `assembly/`: `core` (entry `index.ts`, what the server runs) and
 * `testing` (entry `testing.ts`, which exports the internals that the unit tests drive, and checks the
 * claims of `base/asserts.ts`). Each is `build/<name>.wasm` with asc's raw bindings `build/<name>.js`
 * and `build/<name>.d.ts`.
 *
 * Run it by itself (`deno task build [--force]`) or call {@link buildCore}; the server and the test
 * runner call it at start, where an up-to-date build costs about a millisecond.
 */

const here = new URL(".", import.meta.url);
const sourceDir = new URL("assembly/", here);
const outDir = new URL("build/", here);

/** The modules built, each from `assembly/<entry>`. */
const modules = { core: "index.ts", testing: "testing.ts" } as const;
export type CoreModule = keyof typeof modules;

const flags = [
  "--bindings=raw",
  "--runtime=stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=16",
  "--maximumMemory=65536",
  "--enable=threads,simd,bulk-memory,sign-extension,nontrapping-f2i",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--debug",
  "--noExportMemory",
];

/** Newest modification time, in ms, of the sources and of what makes the module of them. */
function newestSourceMs(): number {
  let newest = 0;
  for (const file of ["build.ts", "constants.ts", "sections.ts"]) {
    newest = Math.max(newest, Deno.statSync(new URL(file, here)).mtime!.getTime());
  }
  const visit = (dir: URL) => {
    for (const entry of Deno.readDirSync(dir)) {
      if (entry.isDirectory) visit(new URL(`${entry.name}/`, dir));
      else if (entry.name.endsWith(".ts")) {
        newest = Math.max(newest, Deno.statSync(new URL(entry.name, dir)).mtime!.getTime());
      }
    }
  };
  visit(sourceDir);
  return newest;
}

function isFresh(name: CoreModule): boolean {
  try {
    const built = Deno.statSync(new URL(`${name}.wasm`, outDir)).mtime!.getTime();
    return built >= newestSourceMs();
  } catch {
    return false;
  }
}

/** True where the sources are absent (a compiled binary), so that only the built module counts. */
function hasSources(): boolean {
  try {
    Deno.statSync(new URL(modules.core, sourceDir));
    return !import.meta.url.includes("/deno-compile-");
  } catch {
    return false;
  }
}

/** asc's bindings wait for the instance, which costs a turn of the event loop: two milliseconds. */
function instantiatedAtOnce(bindings: string): string {
  const waits = "await WebAssembly.instantiate(module, adaptedImports)";
  if (!bindings.includes(waits)) {
    throw new Error("asc's bindings instantiate otherwise than expected");
  }
  return bindings.replace(waits, "new WebAssembly.Instance(module, adaptedImports)");
}

/** What asc has written as the host wants it. Tests read variables, too: their module keeps all that it exports. */
async function asLoaded(
  name: CoreModule,
  temporary: string,
  files: Map<string, string | Uint8Array>,
): Promise<Map<string, string | Uint8Array>> {
  const [js, dts, binary] = [".js", ".d.ts", ".wasm"].map((kind) => `${temporary}${kind}`);
  files.set(js, instantiatedAtOnce(files.get(js) as string));
  if (name !== "core") return files;
  const { withConstants } = await import("./constants.ts");
  const { wasm, bindings, types } = await withConstants({
    wasm: files.get(binary) as Uint8Array<ArrayBuffer>,
    bindings: files.get(js) as string,
    types: files.get(dts) as string,
  });
  return files.set(binary, wasm).set(js, bindings).set(dts, types);
}

/**
 * Makes sure that a module is built from the present sources.
 *
 * @param name which module
 * @param force compile even when nothing changed
 * @returns whether it compiled
 * @throws Error with asc's messages when the sources do not compile
 */
export async function buildCore(name: CoreModule, force = false): Promise<boolean> {
  if (!force && (!hasSources() || isFresh(name))) return false;
  // Half a minute of silence would look like a hang.
  console.error(
    `Compiling the core (${name}.wasm), as its sources have changed: up to a minute ...`,
  );
  // asc is loaded only here: an up-to-date start must not pay for a compiler.
  const asc = await import("assemblyscript/asc");
  Deno.mkdirSync(outDir, { recursive: true });
  const temporary = `${name}.${Deno.pid}`;
  const stderr: string[] = [];
  const files = new Map<string, string | Uint8Array>();
  const result = await asc.main([
    modules[name],
    `--outFile=${temporary}.wasm`,
    ...flags,
    // Optimizing until nothing changes takes three times as long and inlines so much more that a GET
    // costs a quarter less. The module for tests can do without.
    // It has the claims of asserts.ts instead.
    ...(name === "core" ? ["--converge"] : ["--use", "CHECKED=1"]),
    // `exportStart` keeps instantiation free of side effects: the host runs it once per memory.
    "--exportStart=start",
  ], {
    readFile: (file: string, base: string) => {
      try {
        return Deno.readTextFileSync(new URL(`${base.replace(/\/?$/, "/")}${file}`, sourceDir));
      } catch {
        return null;
      }
    },
    writeFile: (file: string, data: string | Uint8Array) => {
      files.set(file.split("/").pop()!, data);
    },
    listFiles: () => null,
    stderr: { write: (text: string | Uint8Array) => stderr.push(String(text)) },
  });
  if (result.error) throw new Error(`the core does not compile\n${stderr.join("")}`);
  for (const [file, data] of await asLoaded(name, temporary, files)) {
    const path = new URL(file.replace(temporary, name), outDir);
    // Written aside and renamed, so that two processes building at once both see whole files.
    const aside = new URL(file, outDir);
    if (typeof data === "string") Deno.writeTextFileSync(aside, data.replaceAll(temporary, name));
    else Deno.writeFileSync(aside, data);
    Deno.renameSync(aside, path);
  }
  return true;
}

if (import.meta.main) {
  const force = Deno.args.includes("--force");
  for (const name of Object.keys(modules) as CoreModule[]) {
    const startMs = performance.now();
    const compiled = await buildCore(name, force);
    const took = Math.round(performance.now() - startMs);
    console.log(`${name}: ${compiled ? `compiled in ${took} ms` : "up to date"}`);
  }
}

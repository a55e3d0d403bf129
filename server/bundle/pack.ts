/**
 * Makes the package that is published: `deno task pack [--output DIRECTORY]`. It holds the bundle, which runs under
 * Deno, Node and Bun, and needs no other package.
 */

import { parseArgs } from "@std/cli";
import metadata from "../../deno.json" with { type: "json" };
import { bundle } from "./bundle.ts";
import { declarations } from "./types.ts";

const ROOT = new URL("../../", import.meta.url);

/** An older Node would answer with a stack. */
const BIN = `#!/usr/bin/env node
if (process.getBuiltinModule === undefined || Promise.withResolvers === undefined) {
  console.error(\`Etna needs Node 22.3 or later, and this is \${process.version}.\`);
  process.exit(1);
}
const { main } = await import("./etna.js");
await main();
`;

/** Writes the tarball into a directory. @returns its path @throws Error */
export async function pack(directory: string): Promise<string> {
  const { name, version, license } = metadata;
  const work = await Deno.makeTempDir({ prefix: "etna-pack-" });
  try {
    const inside = `${work}/package`;
    await Deno.mkdir(inside);
    await bundle(`${inside}/etna.js`);
    await Deno.writeTextFile(`${inside}/etna.d.ts`, await declarations());
    await Deno.writeTextFile(`${inside}/bin.js`, BIN, { mode: 0o755 });
    for (const file of ["README.md", "LICENSE"]) {
      await Deno.copyFile(new URL(file, ROOT), `${inside}/${file}`);
    }
    const manifest = {
      name,
      version,
      license,
      description: "A Redis-compatible in-memory data server, as a program and inside a program",
      type: "module",
      exports: { types: "./etna.d.ts", default: "./etna.js" },
      bin: { etna: "bin.js", "etna-sentinel": "bin.js" },
      engines: { node: ">=22.3" },
    };
    await Deno.writeTextFile(`${inside}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
    const path = `${directory}/${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    const { success, stderr } = await new Deno.Command("tar", {
      args: ["-czf", path, "-C", work, "package"],
    }).output();
    if (!success) throw new Error(`tar: ${new TextDecoder().decode(stderr).trim()}`);
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const { output } = parseArgs(Deno.args, { string: ["output"], default: { output: "." } });
  const path = await pack(output);
  console.log(`${path}: ${(Deno.statSync(path).size / 2 ** 20).toFixed(1)} MiB`);
}

/** Manifests, taken and refused as the real server does it. */

import { assertEquals } from "@std/assert";
import { findOracle } from "../../tests/support/oracle.ts";
import { freePort } from "../../tests/support/ports.ts";
import { formatManifest, type ManifestError, parseManifest } from "./manifest.ts";

const pad = (bytes: number) => {
  const start = "file a.incr seq 1 type i other ";
  return `${start}${"y".repeat(bytes - start.length - 1)}\n`;
};

const MANIFESTS = [
  "file a.incr seq 1 type i\n",
  "",
  "\n",
  "file a.incr seq 1 type i",
  "file a.incr seq 1\n",
  "file a.incr seq 1 type\n",
  "file a.incr seq 1 type i extra\n",
  "file a.incr seq 1 type q\n",
  "file a.incr seq 1 type incr\n",
  "file a.incr seq 0 type i\n",
  "file a.incr seq -1 type i\n",
  "file a.incr seq x type i\n",
  "file ../a.incr seq 1 type i\n",
  "file a.incr seq 2 type i\nfile b seq 1 type i\n",
  "file a.incr seq 2 type i\nfile b seq 2 type i\n",
  "file a.incr seq 1 type b\nfile b seq 2 type b\n",
  "file a.incr seq 1 type i\n\nfile a.incr seq 2 type i\n",
  "# comment\nfile a.incr seq 1 type i\n",
  'file "a.incr seq 1 type i\n',
  'file "a.incr" seq 1 type i\n',
  "seq 1 type i file a.incr\n",
  "FILE a.incr SEQ 1 TYPE i\n",
  " file a.incr  seq 1 type i \n",
  "file a.incr seq 1 type i other 5\n",
  pad(1024),
  pad(1025),
];

/** What Etna says of a manifest, "" where it takes it. */
function ours(text: string): string {
  try {
    parseManifest(text);
    return "";
  } catch (error) {
    return (error as ManifestError).message;
  }
}

/** What the real server says when it starts with it. */
async function theirs(dir: string, text: string): Promise<string> {
  const files = `${dir}/appendonlydir`;
  await Deno.remove(files, { recursive: true }).catch(() => {});
  await Deno.mkdir(files);
  await Deno.writeTextFile(`${files}/appendonly.aof.manifest`, text);
  await Deno.writeTextFile(`${files}/a.incr`, "*1\r\n$4\r\nPING\r\n");
  const port = freePort();
  const child = new Deno.Command("redis-server", {
    args: ["--port", `${port}`, "--dir", dir, "--appendonly", "yes", "--save", ""],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let log = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stdout) {
    log += decoder.decode(piece, { stream: true });
    if (/Ready to accept/.test(log)) child.kill("SIGKILL");
  }
  await child.status;
  if (/Ready to accept/.test(log)) return "";
  const line = log.trimEnd().split("\n").at(-1)!.replace(/^.* # /, "");
  return line;
}

Deno.test({
  name: "manifests are taken and refused as the real server does it",
  ignore: findOracle() === undefined,
  async fn() {
    const dir = await Deno.makeTempDir();
    const real: string[] = [];
    for (const text of MANIFESTS) real.push(await theirs(dir, text));
    assertEquals(
      MANIFESTS.map((text) => [text, ours(text)]),
      MANIFESTS.map((t, i) => [t, real[i]]),
    );
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test("a manifest is read as it was written", () => {
  const manifest = {
    base: { name: 'a "b".1.base.rdb', seq: 1 },
    incrs: [{ name: "a.1.incr.aof", seq: 1 }, { name: "a.2.incr.aof", seq: 2 }],
    history: [{ name: "old", seq: 1 }],
  };
  assertEquals(parseManifest(formatManifest(manifest)), manifest);
});

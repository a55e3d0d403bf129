/**
 * Celery on Etna, as Debian packages it: broker and result backend, with chains, groups, chords and retries. kombu's
 * locks are given back by a script, and its worker does not start without it. Left out where it is not installed.
 */

import { assertEquals } from "@std/assert";
import { startSubject } from "../support/subject.ts";

const PYTHON = "/usr/bin/python3";

const TASKS = `
import os
from celery import Celery

url = "redis://127.0.0.1:%s/0" % os.environ["ETNA_PORT"]
app = Celery("tasks", broker=url, backend=url)
app.conf.task_track_started = True

@app.task
def add(x, y):
    return x + y

@app.task
def total(numbers):
    return sum(numbers)

@app.task(bind=True, max_retries=5)
def stubborn(self, needed):
    if self.request.retries < needed:
        raise self.retry(countdown=0.1)
    return self.request.retries

@app.task
def fails():
    raise ValueError("as it was told")
`;

const CALLS = `
import json
from celery import chain, chord, group
from tasks import add, fails, stubborn, total

found = {}
found["plain"] = add.delay(2, 3).get(timeout=20)
found["chain"] = chain(add.s(1, 2), add.s(10), add.s(100))().get(timeout=20)
found["group"] = group(add.s(i, i) for i in range(20))().get(timeout=20)
found["chord"] = chord([add.s(i, i) for i in range(20)])(total.s()).get(timeout=20)
found["retries"] = stubborn.delay(3).get(timeout=20)
found["later"] = add.apply_async((1, 1), countdown=0.3).get(timeout=20)
try:
    fails.delay().get(timeout=20)
except ValueError as error:
    found["error"] = str(error)
print(json.dumps(found))
`;

async function isInstalled(): Promise<boolean> {
  try {
    const args = ["-c", "import celery, redis"];
    const output = await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" })
      .output();
    return output.success;
  } catch {
    return false;
  }
}

const ignore = !await isInstalled();
if (ignore) console.log("python3-celery is not installed: its test is left out");

Deno.test({
  name: "Celery: tasks, chains, groups, chords, retries and delays",
  ignore,
  fn: async () => {
    await using server = await startSubject();
    const dir = await Deno.makeTempDir();
    const options = {
      cwd: dir,
      env: { ETNA_PORT: `${server.port}`, PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "null",
    } as const;
    await Deno.writeTextFile(`${dir}/tasks.py`, TASKS);
    const worker = new Deno.Command(PYTHON, {
      args: [..."-m celery -A tasks worker --pool solo --loglevel warning".split(" ")],
      ...options,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const { stdout, stderr } = await new Deno.Command(PYTHON, {
        args: ["-c", CALLS],
        ...options,
        stdout: "piped",
        stderr: "piped",
      }).output();
      const text = new TextDecoder().decode(stdout);
      if (text === "") throw new Error(new TextDecoder().decode(stderr));
      const doubled = Array.from({ length: 20 }, (_, i) => i * 2);
      assertEquals(JSON.parse(text), {
        plain: 5,
        chain: 113,
        group: doubled,
        chord: 380,
        retries: 3,
        later: 2,
        error: "as it was told",
      });
    } finally {
      worker.kill("SIGKILL");
      await worker.status;
      await Deno.remove(dir, { recursive: true });
    }
  },
});

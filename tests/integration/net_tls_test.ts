/** TLS: certificates on both sides, CONFIG SET, and both transports in one server. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { freePort } from "../support/ports.ts";
import { becomes, pings, start, tlsOptions } from "./net_subject.ts";
import { request, sleep, Wire } from "./wire.ts";

const certificates = makeCertificates();
globalThis.addEventListener("unload", () => certificates?.[Symbol.dispose]());
const transports = ["epoll", "deno"] as const;
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

type Card = "none" | "client" | "stranger";

/** Whether a client with this certificate is served. */
async function served(port: number, card: Card, { ca, ...all }: Certificates): Promise<boolean> {
  const shown = {
    none: {},
    client: { cert: all.clientCert, key: all.clientKey },
    stranger: { cert: all.strangerCert, key: all.strangerKey },
  }[card];
  try {
    using client = await Wire.connect({ kind: "tls", port, ca, ...shown });
    return await client.ask("+PONG\r\n", "PING") === "+PONG\r\n";
  } catch {
    return false;
  }
}

const cards: readonly Card[] = ["none", "client", "stranger"];
const outcomes = {
  yes: [false, true, false],
  optional: [true, true, false],
  no: [true, true, true],
} as const;

for (const transport of transports) {
  const test = (name: string, fn: (made: Certificates) => Promise<void>) =>
    Deno.test({
      name: `TLS beside ${transport}: ${name}`,
      ignore: certificates === null,
      ...unsanitized,
      fn: () => fn(certificates!),
    });

  test("whose certificates are taken, and CONFIG SET tls-auth-clients", async (made) => {
    const [port, tlsPort] = [freePort(), freePort()];
    const options = { transport, port: `${port}`, bind: "127.0.0.1", ...tlsOptions(made, tlsPort) };
    await using server = await start(options);
    for (const auth of ["yes", "optional", "no", "yes"] as const) {
      assertEquals(server.set(["tls-auth-clients", auth]), undefined);
      const results = await Promise.all(cards.map((card) => served(tlsPort, card, made)));
      assertEquals(results, [...outcomes[auth]], auth);
    }
    assert(await pings(port));
  });

  test("a certificate names its client's user, CONFIG SET tls-auth-clients-user CN", async (made) => {
    const tlsPort = freePort();
    await using server = await start({ transport, port: "0", ...tlsOptions(made, tlsPort) });
    const { ca, clientCert: cert, clientKey: key } = made;
    const connect = () => Wire.connect({ kind: "tls", port: tlsPort, ca, cert, key });
    const isUser = async (client: Wire, name: string) => {
      const expected = `$${name.length}\r\n${name}\r\n`;
      assertEquals(await client.ask(expected, "ACL", "WHOAMI"), expected);
    };
    using admin = await connect();
    await isUser(admin, "default");
    assertEquals(server.set(["tls-auth-clients-user", "CN"]), undefined);
    using stranger = await connect();
    await isUser(stranger, "default");
    const denied = () =>
      server.server.access.log.latest(1).map((it) => `${it.reason} ${it.userName}`);
    assertEquals(denied(), ["tls-cert client"]);
    const rules = ["ACL", "SETUSER", "client", "on", ">secret", "~own:*", "+get", "+acl|whoami"];
    assertEquals(await admin.ask("+OK\r\n", ...rules, "+reset"), "+OK\r\n");
    using client = await connect();
    await isUser(client, "client");
    assertEquals(await client.ask("$-1\r\n", "GET", "own:k"), "$-1\r\n");
    const refused = "-NOPERM No permissions to access a key\r\n";
    assertEquals(await client.ask(refused, "GET", "other"), refused);
    assertEquals(await client.ask("+RESET\r\n", "RESET"), "+RESET\r\n");
    await isUser(client, "default");
    await admin.ask("+OK\r\n", "ACL", "SETUSER", "client", "off");
    using disabled = await connect();
    await isUser(disabled, "default");
    assertEquals(server.server.access.log.counts["tls-cert"], 2);
  });

  test("a TLS port opens, moves and closes by CONFIG SET", async (made) => {
    const [port, first, second] = [freePort(), freePort(), freePort()];
    await using server = await start({ transport, port: `${port}`, bind: "127.0.0.1" });
    const refused = "ERR CONFIG SET failed (possibly related to argument 'tls-port') - ";
    assert(server.set(["tls-port", `${first}`])?.startsWith(refused));
    const { "tls-port": _, ...files } = tlsOptions(made, first);
    assertEquals(server.set(...Object.entries(files) as [string, string][]), undefined);
    assertEquals(server.set(["tls-port", `${first}`]), undefined);
    await becomes(true, () => served(first, "client", made));
    assertEquals(server.set(["tls-port", `${second}`]), undefined);
    await becomes(false, () => served(first, "client", made));
    await becomes(true, () => served(second, "client", made));
    assertEquals(
      server.set(["tls-key-file", "/nowhere"]),
      "ERR CONFIG SET failed (possibly related to argument 'tls-key-file') - " +
        "Unable to update TLS configuration. Check server logs.",
    );
    assert(await served(second, "client", made));
  });

  test("both kinds of clients work at once, awake and idle", async (made) => {
    const [port, tlsPort] = [freePort(), freePort()];
    const options = { transport, port: `${port}`, bind: "127.0.0.1", ...tlsOptions(made, tlsPort) };
    await using _server = await start(options);
    using open = await Wire.connect({ kind: "tcp", port });
    const { ca, clientCert: cert, clientKey: key } = made;
    using secret = await Wire.connect({ kind: "tls", port: tlsPort, ca, cert, key });
    for (let i = 0; i < 300; i++) {
      assertEquals(await secret.ask("+OK\r\n", "SET", "k", `${i}`), "+OK\r\n");
      const expected = `$${`${i}`.length}\r\n${i}\r\n`;
      assertEquals(await open.ask(expected, "GET", "k"), expected);
    }
    // A busy machine may be late, but not each time.
    let shortestMs = Infinity;
    for (let i = 0; i < 10 && shortestMs >= 60; i++) {
      await sleep(60); // the loop sleeps in epoll now
      const fromMs = performance.now();
      assertEquals(await secret.ask("+PONG\r\n", "PING"), "+PONG\r\n");
      shortestMs = Math.min(shortestMs, performance.now() - fromMs);
    }
    assert(shortestMs < 60, `a PING over TLS took ${shortestMs} ms to wake the loop`);
  });

  test("what is no TLS is refused and harms nobody", async (made) => {
    const tlsPort = freePort();
    await using _server = await start({ transport, port: "0", ...tlsOptions(made, tlsPort) });
    using plain = await Wire.connect({ kind: "tcp", port: tlsPort });
    await plain.send(request("PING"));
    assert(!(await plain.readToEnd()).includes("PONG"));
    assert(await served(tlsPort, "client", made));
  });
}

Deno.test({
  name: "TLS: what is missing is said in Redis's words",
  ignore: certificates === null,
  ...unsanitized,
  async fn() {
    const all = tlsOptions(certificates!, freePort());
    const failure = "Failed to configure TLS. Check logs for more info.";
    for (const missing of ["tls-cert-file", "tls-key-file", "tls-ca-cert-file"] as const) {
      const { [missing]: _, ...rest } = all;
      await assertRejects(() => start({ port: "0", ...rest }), Error, failure, missing);
      await assertRejects(
        () => start({ port: "0", ...all, [missing]: "/nowhere" }),
        Error,
        failure,
      );
    }
    await using _server = await start({ port: "0", ...all });
  },
});

function has(program: string): boolean {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "TLS: redis-cli with --cacert, --cert and --insecure",
  ignore: certificates === null || !has("redis-cli"),
  ...unsanitized,
  async fn() {
    const { dir } = certificates!;
    const port = freePort();
    await using _server = await start({ port: "0", ...tlsOptions(certificates!, port) });
    const shown = ["--cert", `${dir}/client.crt`, "--key", `${dir}/client.key`];
    for (const trust of [["--cacert", `${dir}/ca.crt`, "-h", "localhost"], ["--insecure"]]) {
      const args = ["--tls", ...trust, ...shown, "-p", `${port}`, "PING"];
      const { stdout } = await new Deno.Command("redis-cli", { args }).output();
      assertEquals(new TextDecoder().decode(stdout), "PONG\n");
    }
  },
});

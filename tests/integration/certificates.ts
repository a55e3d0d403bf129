/** Certificates for tests, made with openssl. */

export interface Certificates extends Disposable {
  readonly dir: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Of somebody the authority does not know. */
  readonly strangerCert: string;
  readonly strangerKey: string;
}

/**
 * An authority, a server's and a client's certificate of it, one of it for another name (the files `elsewhere`), and a
 * stranger's; null without openssl.
 */
export function makeCertificates(): Certificates | null {
  const dir = Deno.makeTempDirSync({ prefix: "etna-tls-" });
  const run = (...args: string[]) => {
    const done = new Deno.Command("openssl", { args, cwd: dir, stdout: "null", stderr: "piped" })
      .outputSync();
    if (!done.success) throw new Error(new TextDecoder().decode(done.stderr));
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const selfSigned = (name: string) => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
    run("req", "-x509", ...newKey, ...files, "-days", "30", "-subj", `/CN=${name}`);
  };
  try {
    selfSigned("ca");
    selfSigned("stranger");
    Deno.writeTextFileSync(`${dir}/names`, "subjectAltName=DNS:localhost,IP:127.0.0.1");
    Deno.writeTextFileSync(`${dir}/other-names`, "subjectAltName=DNS:elsewhere");
    for (const name of ["server", "client", "elsewhere"]) {
      const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
      run("req", ...newKey, ...files, "-subj", `/CN=${name}`);
      const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
      const what = ["-in", `${name}.csr`, "-out", `${name}.crt`, "-extfile"];
      what.push(name === "elsewhere" ? "other-names" : "names");
      run("x509", "-req", ...what, ...authority, "-days", "30");
    }
  } catch (error) {
    Deno.removeSync(dir, { recursive: true });
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const text = (file: string) => Deno.readTextFileSync(`${dir}/${file}`);
  return {
    dir,
    ca: text("ca.crt"),
    cert: text("server.crt"),
    key: text("server.key"),
    clientCert: text("client.crt"),
    clientKey: text("client.key"),
    strangerCert: text("stranger.crt"),
    strangerKey: text("stranger.key"),
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
}

/** The certificates that the configuration names. */

import type { Config } from "../config/config.ts";
import { type Disk, readText } from "../env/disk.ts";
import type { TlsOptions } from "../env/network.ts";

/**
 * Reads what the tls-* options name. Authorities are needed where others show certificates: clients of `tls-port`, unless
 * `tls-auth-clients` says otherwise, and servers. Who comes by HTTPS shows a token.
 *
 * @throws Error in the words of Redis's log
 */
export function loadTls({ values }: Config, disk: Disk): TlsOptions {
  const authClients = values["tls-auth-clients"];
  const certFile = values["tls-cert-file"];
  const keyFile = values["tls-key-file"];
  const caFile = values["tls-ca-cert-file"];
  if (certFile === "") throw new Error("No tls-cert-file configured!");
  if (keyFile === "") throw new Error("No tls-key-file configured!");
  const asksForCertificates = (authClients !== "no" && values["tls-port"] !== 0) ||
    values["tls-cluster"] || values["tls-replication"];
  if (caFile === "" && asksForCertificates) {
    throw new Error(
      "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, " +
        "tls-replication or tls-auth-clients are enabled!",
    );
  }
  const readPem = pemReader(values.dir, disk);
  return {
    cert: readPem(certFile, "CERTIFICATE", `Failed to load certificate: ${certFile}`),
    key: readPem(keyFile, "PRIVATE KEY", `Failed to load private key: ${keyFile}`),
    ca: caFile === ""
      ? undefined
      : readPem(caFile, "CERTIFICATE", "Failed to configure CA certificate(s) file/directory"),
    authClients,
  };
}

/**
 * Reads what a client of other servers shows them: certificates of its own where they are configured.
 *
 * @throws Error in the words of Redis's log
 */
export function loadClientTls({ values }: Config, disk: Disk): TlsOptions {
  const certFile = values["tls-client-cert-file"] || values["tls-cert-file"];
  const keyFile = values["tls-client-key-file"] || values["tls-key-file"];
  const caFile = values["tls-ca-cert-file"];
  const readPem = pemReader(values.dir, disk);
  return {
    cert: readPem(certFile, "CERTIFICATE", `Failed to load certificate: ${certFile}`),
    key: readPem(keyFile, "PRIVATE KEY", `Failed to load private key: ${keyFile}`),
    ca: readPem(caFile, "CERTIFICATE", "Failed to configure CA certificate(s) file/directory"),
    authClients: "no",
  };
}

function pemReader(directory: string, disk: Disk) {
  return (path: string, what: string, failure: string) =>
    readPemFile(disk, path.startsWith("/") ? path : `${directory}/${path}`, what, failure);
}

/** node:tls takes any text and fails at each handshake: look at it here. */
function readPemFile(disk: Disk, path: string, what: string, failure: string): string {
  let text: string | null;
  try {
    text = readText(disk, path);
  } catch (error) {
    throw new Error(`${failure}: ${(error as Error).message}`);
  }
  if (text === null) throw new Error(`${failure}: No such file or directory`);
  const block = new RegExp(`-----BEGIN [A-Z ]*${what}-----[^-]+-----END [A-Z ]*${what}-----`);
  if (!block.test(text)) throw new Error(`${failure}: no PEM of a ${what.toLowerCase()} in it`);
  return text;
}

/** Socket addresses: `sockaddr` structures, and the text that CLIENT LIST shows. */

import { AF_INET, AF_INET6, AF_UNIX } from "./libc.ts";
import { SystemError } from "../system_error.ts";

/** Longest path that a `sockaddr_un` holds. */
const PATH_BYTES = 107;

/** The `sockaddr` of a path. @throws SystemError where it is too long */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const encoded = new TextEncoder().encode(path);
  if (encoded.length > PATH_BYTES) throw new SystemError("ENAMETOOLONG", "bind");
  const bytes = new Uint8Array(encoded.length + 3);
  bytes[0] = AF_UNIX;
  bytes.set(encoded, 2);
  return bytes;
}

/** Reads a `sockaddr`. @returns `host:port`, IPv6 hosts in brackets, and the port */
export function parseAddress(bytes: Uint8Array): { text: string; port: number } {
  const family = bytes[0] | bytes[1] << 8;
  if (family !== AF_INET && family !== AF_INET6) return { text: "", port: 0 };
  const port = bytes[2] << 8 | bytes[3];
  if (family === AF_INET) return { text: `${bytes.slice(4, 8).join(".")}:${port}`, port };
  const words: string[] = [];
  for (let i = 8; i < 24; i += 2) words.push((bytes[i] << 8 | bytes[i + 1]).toString(16));
  const host = new URL(`http://[${words.join(":")}]/`).hostname;
  return { text: `${host}:${port}`, port };
}

/** The same for what Deno's Node modules say of a socket. */
export function nodeAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return "";
  // A socket that listens for both families shows IPv4 peers as IPv6 addresses.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host);
  if (mapped !== null) return `${mapped[1]}:${port}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

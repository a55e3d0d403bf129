/** Socket addresses: `sockaddr` structures, and the text that CLIENT LIST shows. */

import { AF_INET, AF_INET6, AF_UNIX } from "./libc.ts";

export type Address =
  | { family: number; host: string; port: number }
  | { family: number; path: string };

/** @returns the `sockaddr` of an address. @throws where the host is no IP address */
export function formatAddress(address: Address): Uint8Array<ArrayBuffer> {
  if ("path" in address) {
    const path = new TextEncoder().encode(address.path);
    if (path.length > 107) throw new Error("the socket's path is too long");
    const bytes = new Uint8Array(path.length + 3);
    bytes[0] = AF_UNIX;
    bytes.set(path, 2);
    return bytes;
  }
  const six = address.family === AF_INET6;
  const bytes = new Uint8Array(six ? 28 : 16);
  bytes[0] = address.family;
  bytes[2] = address.port >> 8;
  bytes[3] = address.port & 255;
  bytes.set(six ? parseIpv6(address.host) : parseIpv4(address.host), six ? 8 : 4);
  return bytes;
}

function parseIpv4(host: string): number[] {
  const parts = host.split(".").map((part) => /^\d{1,3}$/.test(part) ? Number(part) : 256);
  if (parts.length !== 4 || parts.some((part) => part > 255)) {
    throw new Error("Name or service not known");
  }
  return parts;
}

function parseIpv6(host: string): number[] {
  let normal: string;
  try {
    // The URL parser knows every form of the notation, an embedded IPv4 address included.
    normal = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  } catch {
    throw new Error("Name or service not known");
  }
  const [left, right] = normal.split("::");
  const words = (text: string) =>
    text === "" ? [] : text.split(":").map((word) => parseInt(word, 16));
  const head = words(left);
  const tail = right === undefined ? [] : words(right);
  const zeros = new Array(8 - head.length - tail.length).fill(0);
  return [...head, ...zeros, ...tail].flatMap((word) => [word >> 8, word & 255]);
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

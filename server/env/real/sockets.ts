/**
 * Opening sockets with the C library: what happens seldom, in ordinary memory. The hot path, reading
 * and writing, is in epoll.ts.
 */

import { parseAddress, unixAddress } from "./address.ts";
import * as c from "./libc.ts";
import { codeOfErrno, SystemError } from "../system_error.ts";

/** Offsets in `struct addrinfo`, the same for every 64-bit C library of Linux. */
const ADDRINFO = { bytes: 48, family: 4, type: 8, addressBytes: 16, address: 24 } as const;
const ADDRESS_BYTES = 128;
const NONBLOCKING = c.SOCK_NONBLOCK | c.SOCK_CLOEXEC;

export class Sockets {
  readonly #libc: c.Libc;
  readonly #calls: c.Libc["symbols"];
  readonly #int = new Int32Array(1);
  readonly #intBytes = new Uint8Array(this.#int.buffer);
  readonly #address = new Uint8Array(ADDRESS_BYTES);

  constructor(libc: c.Libc) {
    this.#libc = libc;
    this.#calls = libc.symbols;
  }

  /** Binds and listens. @returns the descriptor. @throws SystemError */
  listenTcp(host: string, port: number, backlog: number): number {
    const address = this.#resolve(host, port);
    const six = address[0] === c.AF_INET6;
    return this.#listen(address, "bind", backlog, (fd) => {
      // Each family has a socket of its own, as `bind * -::*` asks for both.
      if (six) this.setOption(fd, c.IPPROTO_IPV6, c.IPV6_V6ONLY, 1);
      this.setOption(fd, c.SOL_SOCKET, c.SO_REUSEADDR, 1);
    });
  }

  /** Listens on a path, whose file of an earlier life is replaced. @throws SystemError */
  listenUnix(path: string, permissions: number, backlog: number): number {
    const address = unixAddress(path);
    removeFile(path);
    const fd = this.#listen(address, "bind", backlog, () => {});
    if (permissions !== 0) Deno.chmodSync(path, permissions);
    return fd;
  }

  #listen(
    address: Uint8Array<ArrayBuffer>,
    call: string,
    backlog: number,
    prepare: (fd: number) => void,
  ): number {
    const fd = this.#calls.socket(address[0], c.SOCK_STREAM | NONBLOCKING, 0);
    this.#must(fd, "socket");
    try {
      prepare(fd);
      this.#must(this.#calls.bind(fd, address, address.length), call);
      this.#must(this.#calls.listen(fd, backlog), "listen");
      return fd;
    } catch (error) {
      this.#calls.close(fd);
      throw error;
    }
  }

  #must(result: number, call: string): void {
    if (result < 0) throw new SystemError(codeOfErrno(c.errnoOf(this.#libc)), call);
  }

  /** The `sockaddr` of a host, which may be a name; IPv4 unless there is a colon in it. */
  #resolve(host: string, port: number): Uint8Array<ArrayBuffer> {
    const any = host === "*" ? "0.0.0.0" : host === "::*" ? "::" : host;
    const { name, hints, found } = question(any, host.includes(":") ? c.AF_INET6 : c.AF_INET);
    return this.#answer(this.#calls.getaddrinfo(name, null, hints, found), found, port);
  }

  /** The same of whom to connect to: a name is looked up beside other work. @throws SystemError */
  async lookUp(host: string, port: number): Promise<Uint8Array<ArrayBuffer>> {
    const { name, hints, found } = question(host, 0);
    hints[0] = AI_NUMERICHOST;
    let status = this.#calls.getaddrinfo(name, null, hints, found);
    if (status !== 0) {
      hints[0] = 0;
      status = await this.#calls.getaddrinfo_async(name, null, hints, found);
    }
    return this.#answer(status, found, port);
  }

  /** What a look-up has found first. */
  #answer(status: number, found: BigUint64Array, port: number): Uint8Array<ArrayBuffer> {
    if (status !== 0) throw new SystemError("ENOTFOUND", "", this.#lookupError(status));
    const list = Deno.UnsafePointer.create(found[0])!;
    const info = new Deno.UnsafePointerView(list);
    const bytes = info.getUint32(ADDRINFO.addressBytes);
    const address = new Uint8Array(bytes);
    Deno.UnsafePointerView.copyInto(info.getPointer(ADDRINFO.address)!, address);
    this.#calls.freeaddrinfo(list);
    address[2] = port >> 8;
    address[3] = port & 255;
    return address;
  }

  /** Begins to connect. @param from the address to come from, "" = the system's choice @throws SystemError */
  connect(address: Uint8Array<ArrayBuffer>, from: string): number {
    const fd = this.#calls.socket(address[0], c.SOCK_STREAM | NONBLOCKING, 0);
    this.#must(fd, "socket");
    try {
      if (from !== "") {
        const own = this.#resolve(from, 0);
        this.#must(this.#calls.bind(fd, own, own.length), "bind");
      }
      const status = this.#calls.connect(fd, address, address.length);
      if (status < 0 && c.errnoOf(this.#libc) !== c.EINPROGRESS) this.#must(status, "");
      return fd;
    } catch (error) {
      this.#calls.close(fd);
      throw error;
    }
  }

  /** What became of {@link connect}: an error number, 0 = it stands. */
  errorOf(fd: number): number {
    return this.option(fd, c.SOL_SOCKET, c.SO_ERROR);
  }

  option(fd: number, level: number, name: number): number {
    const [value, length] = [new Int32Array(1), new Int32Array([4])];
    this.#calls.getsockopt(fd, level, name, bytesOf(value), bytesOf(length));
    return value[0];
  }

  /** What holds of every TCP connection. @param keepaliveS of silence before its peer is probed, 0 = never */
  prepare(fd: number, keepaliveS: number): void {
    this.setNoDelay(fd, true);
    this.keepAlive(fd, keepaliveS);
  }

  setNoDelay(fd: number, noDelay: boolean): void {
    this.setOption(fd, c.IPPROTO_TCP, c.TCP_NODELAY, noDelay ? 1 : 0);
  }

  #lookupError(status: number): string {
    const text = this.#calls.gai_strerror(status);
    return text === null ? "lookup failed" : new Deno.UnsafePointerView(text).getCString();
  }

  setOption(fd: number, level: number, option: number, value: number): void {
    this.#int[0] = value;
    this.#calls.setsockopt(fd, level, option, this.#intBytes, 4);
  }

  /** @param seconds of silence before the kernel probes the peer, 0 = never */
  keepAlive(fd: number, seconds: number): void {
    if (seconds === 0) return;
    this.setOption(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
    this.setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPIDLE, seconds);
    this.setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPINTVL, Math.max(1, Math.floor(seconds / 3)));
    this.setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPCNT, 3);
  }

  /** Takes a waiting connection. @returns its descriptor and the peer's address, or the error number */
  accept(listener: number): { fd: number; peer: string } | number {
    this.#int[0] = ADDRESS_BYTES;
    const fd = this.#calls.accept4(listener, this.#address, this.#intBytes, NONBLOCKING);
    if (fd < 0) return c.errnoOf(this.#libc);
    return { fd, peer: parseAddress(this.#address).text };
  }

  /** The other side's address. */
  peerAddress(fd: number): { text: string; port: number } {
    this.#int[0] = ADDRESS_BYTES;
    this.#calls.getpeername(fd, this.#address, this.#intBytes);
    return parseAddress(this.#address);
  }

  /** This side's address. */
  localAddress(fd: number): { text: string; port: number } {
    this.#int[0] = ADDRESS_BYTES;
    this.#calls.getsockname(fd, this.#address, this.#intBytes);
    return parseAddress(this.#address);
  }
}

const AI_NUMERICHOST = 4;

/** What `getaddrinfo` is asked; family 0 = any. */
function question(host: string, family: number) {
  const hints = new Int32Array(ADDRINFO.bytes / 4);
  hints[ADDRINFO.family / 4] = family;
  hints[ADDRINFO.type / 4] = c.SOCK_STREAM;
  const name = new TextEncoder().encode(`${host}\0`);
  return { name, hints, found: new BigUint64Array(1) };
}

function bytesOf(words: Int32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(words.buffer);
}

/** Removes a socket's file, where there is one. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch { /* there is none, or bind will say what is wrong with it */ }
}

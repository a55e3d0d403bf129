/**
 * The C library's calls that the epoll transport is made of, through Deno's FFI.
 *
 * No 64-bit numbers: a Number for a `usize` costs 350 ns a call, where an `i32` or a `pointer` that was made
 * before costs nothing to speak of and a `buffer` 32 ns. What is called often therefore takes pointers into
 * core memory, other addresses travel inside structures that lie there, and results that fit are declared
 * `i32`. Linux only: x86-64 and arm64 share every constant here but the packing of `epoll_event`, see
 * {@link EPOLL_EVENT_BYTES}.
 */

const symbols = {
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "pointer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "pointer", "i32", "i32"], result: "i32" },
  epoll_wait_async: {
    name: "epoll_wait",
    parameters: ["i32", "pointer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "pointer", "i32", "i32"], result: "i32" },
  send: { parameters: ["i32", "pointer", "i32", "i32"], result: "i32" },
  readv: { parameters: ["i32", "pointer", "i32"], result: "i32" },
  writev: { parameters: ["i32", "pointer", "i32"], result: "i32" },
  read: { parameters: ["i32", "pointer", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  getaddrinfo: { parameters: ["buffer", "pointer", "buffer", "buffer"], result: "i32" },
  getaddrinfo_async: {
    name: "getaddrinfo",
    parameters: ["buffer", "pointer", "buffer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
  freeaddrinfo: { parameters: ["pointer"], result: "void" },
  gai_strerror: { parameters: ["i32"], result: "pointer" },
  clock_gettime: { parameters: ["i32", "pointer"], result: "i32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Name = keyof typeof symbols;

/** The C library with some of its calls. */
export type Libc<Names extends Name = Name> = Deno.DynamicLibrary<Pick<typeof symbols, Names>>;

/**
 * Opens the C library.
 *
 * @param names the calls that are needed: each costs 0.12 ms
 * @throws where FFI is not granted or this is no Linux
 */
export function openLibc<Names extends Name>(...names: [Names, ...Names[]]): Libc<Names> {
  if (Deno.build.os !== "linux") throw new Error("the epoll transport needs Linux");
  const wanted = Object.fromEntries(names.map((name) => [name, symbols[name]]));
  for (const name of ["libc.so.6", "libc.so"]) {
    try {
      return Deno.dlopen(name, wanted as Pick<typeof symbols, Names>);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }
  throw new Error("no C library could be opened");
}

/** Opens all of it that is known here: what sockets need. */
export function openWholeLibc(): Libc {
  return openLibc(...Object.keys(symbols) as [Name, ...Name[]]);
}

/** The error number of the call just made. */
export function errnoOf(libc: Libc<"__errno_location">): number {
  const location = libc.symbols.__errno_location();
  return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32(0);
}

/** The kernel packs `epoll_event` on x86-64 only. Under Node, where there is no Deno, nobody asks. */
export const EPOLL_EVENT_BYTES = "Deno" in globalThis && Deno.build.arch !== "x86_64" ? 16 : 12;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x80000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;

export const MSG_NOSIGNAL = 0x4000;

export const EINTR = 4;
export const EAGAIN = 11;
export const EINPROGRESS = 115;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENOBUFS = 105;
export const ENOMEM = 12;
export const ECONNABORTED = 103;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_KEEPALIVE = 9;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

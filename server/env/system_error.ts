/** Failures of the operating system, in the C library's words. */

/** Error number on Linux, name, text: those that sockets give. */
const rows: readonly (readonly [errno: number, code: string, text: string])[] = [
  // Not the kernel's: a look-up of a name, as getaddrinfo numbers it.
  [-2, "ENOTFOUND", "Name or service not known"],
  [1, "EPERM", "Operation not permitted"],
  [2, "ENOENT", "No such file or directory"],
  [4, "EINTR", "Interrupted system call"],
  [11, "EAGAIN", "Resource temporarily unavailable"],
  [12, "ENOMEM", "Cannot allocate memory"],
  [13, "EACCES", "Permission denied"],
  [17, "EEXIST", "File exists"],
  [20, "ENOTDIR", "Not a directory"],
  [21, "EISDIR", "Is a directory"],
  [22, "EINVAL", "Invalid argument"],
  [23, "ENFILE", "Too many open files in system"],
  [24, "EMFILE", "Too many open files"],
  [28, "ENOSPC", "No space left on device"],
  [30, "EROFS", "Read-only file system"],
  [32, "EPIPE", "Broken pipe"],
  [36, "ENAMETOOLONG", "File name too long"],
  [39, "ENOTEMPTY", "Directory not empty"],
  [92, "ENOPROTOOPT", "Protocol not available"],
  [93, "EPROTONOSUPPORT", "Protocol not supported"],
  [94, "ESOCKTNOSUPPORT", "Socket type not supported"],
  [95, "EOPNOTSUPP", "Operation not supported"],
  [96, "EPFNOSUPPORT", "Protocol family not supported"],
  [97, "EAFNOSUPPORT", "Address family not supported by protocol"],
  [98, "EADDRINUSE", "Address already in use"],
  [99, "EADDRNOTAVAIL", "Cannot assign requested address"],
  [103, "ECONNABORTED", "Software caused connection abort"],
  [104, "ECONNRESET", "Connection reset by peer"],
  [105, "ENOBUFS", "No buffer space available"],
  [107, "ENOTCONN", "Transport endpoint is not connected"],
  [110, "ETIMEDOUT", "Connection timed out"],
  [111, "ECONNREFUSED", "Connection refused"],
  [113, "EHOSTUNREACH", "No route to host"],
];

/** A system call that failed. */
export class SystemError extends Error {
  /** @param code the error's name, e.g. EADDRINUSE; @param call what failed, e.g. `bind` */
  constructor(readonly code: string, call: string, text = textOf(code)) {
    super(call === "" ? text : `${call}: ${text}`);
  }
}

/** The text of an error's name; the name itself where it is none of the above. */
function textOf(code: string): string {
  return rows.find((row) => row[1] === code)?.[2] ?? code;
}

/** The name of an error number of Linux. */
export function codeOfErrno(errno: number): string {
  return rows.find((row) => row[0] === errno)?.[1] ?? `E${errno}`;
}

/** The C library's words for an error number of Linux. */
export function errorText(errno: number): string {
  return rows.find((row) => row[0] === errno)?.[2] ?? `error ${errno}`;
}

/** What Deno or its Node modules threw, with the words of the C library. */
export function systemErrorOf(error: unknown, call: string): SystemError {
  if (error instanceof SystemError) return error;
  const { code, message } = error as { code?: string; message?: string };
  // Deno has no code for names that are not found, only the C library's text behind its own.
  const lookup = /lookup address information: (.*)$/.exec(message ?? "");
  if (lookup !== null) return new SystemError("ENOTFOUND", "", lookup[1]);
  return new SystemError(code ?? "", call, code === undefined ? message : undefined);
}

/** What was thrown, in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws Error in the system's own words, as Deno's begin: `No such file or directory (os error 2): ...` */
export function withSystemWords<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const words = wordsOf(error);
    throw new Error(/^(.*?) \(os error \d+\)/.exec(words)?.[1] ?? words);
  }
}

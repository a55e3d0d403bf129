/** The names that clients give to themselves. */

/** Refuses what would break the fields and lines of CLIENT LIST. @returns the reason, null if none */
export function wrongName(name: string, what: string): string | null {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) {
      return `ERR ${what} cannot contain spaces, newlines or special characters.`;
    }
  }
  return null;
}

/** {@link wrongName} of a connection's name. */
export function wrongClientName(name: string): string | null {
  return wrongName(name, "Client names");
}

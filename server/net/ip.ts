/** Addresses in digits. */

/** Whether a host is an address in digits. */
export function isIp(host: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    return host.split(".").every((part) => Number(part) < 256);
  }
  return host.includes(":") && /^[0-9a-f:.]+(%\w+)?$/i.test(host);
}

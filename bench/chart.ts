import type { Run } from "./report.ts";
export function chart(_run: Run): string {
  return "";
}

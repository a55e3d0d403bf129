/** INFO cpu. */

import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function cpuSection(server: Services): Row[] {
  const cpu = server.process.cpu();
  const shown = (seconds: number) => seconds.toFixed(6);
  return [
    ["used_cpu_sys", shown(cpu.system)],
    ["used_cpu_user", shown(cpu.user)],
    ["used_cpu_sys_children", shown(cpu.childrenSystem)],
    ["used_cpu_user_children", shown(cpu.childrenUser)],
    ["used_cpu_sys_main_thread", shown(cpu.mainThreadSystem)],
    ["used_cpu_user_main_thread", shown(cpu.mainThreadUser)],
  ];
}

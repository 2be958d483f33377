// SPDX-License-Identifier: GPL-2.0-only
/** Time that the process has had a CPU, in microseconds: what else runs on the host does not count. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Set-up of a kernel on a machine: the per-CPU areas, the call_single_data, init_mm.
 * Linux v6.6: init/main.c, start_kernel(); kernel/smp.c, call_function_init().
 */
import type { Machine } from '../../../cpu/machine.ts';
import { type KernelFns, kernelFns } from '../functions.ts';
import { mm_struct } from '../include/linux/mm_types.ts';
import { call_single_data, percpu } from '../include/linux/percpu.ts';
import { Kernel, type KernelConfig, newObject } from '../kernel.ts';

/** @param replace functions of the port that the caller has a version of its own of */
export function start_kernel(m: Machine, config: KernelConfig, replace: Partial<KernelFns> = {}): Kernel {
  const k = new Kernel(m, config, { ...kernelFns, ...config.policy?.replace, ...replace });
  k.init_mm = newObject(k, mm_struct, 'init_mm');
  for (let cpu = 0; cpu < m.cpus; cpu++) k.percpu.push(newObject(k, percpu, `cpu${cpu}`));
  for (let source = 0; source < m.cpus; source++) {
    for (let target = 0; target < m.cpus; target++) k.csd.push(newObject(k, call_single_data, `csd(${source} to ${target})`));
  }
  const kept = config.policy?.percpu?.(m.cpus);
  for (let cpu = 0; kept !== undefined && cpu < m.cpus; cpu++) k.policyState.push(newObject(k, kept, `${kept.$name}(${cpu})`));
  return k;
}

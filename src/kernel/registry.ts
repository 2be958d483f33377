// SPDX-License-Identifier: GPL-2.0-only
/**
 * Function pointers in emulated memory: a word holds the number that a function got here, 0 is NULL. Numbers are given out while modules
 * load, so they are the same for every machine of a run, and no execution changes them.
 * Linux v6.6: smp_call_func_t and smp_cond_func_t, include/linux/smp.h.
 */
import { violate } from '../../cpu/report.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';

export type smp_call_func_t = (c: Vcpu, info: number) => Code;
export type smp_cond_func_t = (c: Vcpu, cpu: number, info: number) => Code<boolean>;

const names = ['NULL'];
const functions: (smp_call_func_t | null)[] = [null];
const conditions: (smp_cond_func_t | null)[] = [null];

/** At module level only. @returns the number that stands for the function in memory */
export function registerFunction(name: string, run: smp_call_func_t): number {
  conditions.push(null);
  names.push(name);
  return functions.push(run) - 1;
}

/** The same for a condition, which is asked about a CPU. */
export function registerCondition(name: string, holds: smp_cond_func_t): number {
  functions.push(null);
  names.push(name);
  return conditions.push(holds) - 1;
}

export const functionName = (index: number): string => names[index] ?? `function ${index}`;

export function* callFunction(c: Vcpu, index: number, info: number): Code {
  const run = functions[index] ?? null;
  if (run === null) violate(c, 'check', `call of ${functionName(index)} as a function`);
  yield* run(c, info);
}

export function* callCondition(c: Vcpu, index: number, cpu: number, info: number): Code<boolean> {
  const holds = conditions[index] ?? null;
  if (holds === null) violate(c, 'check', `call of ${functionName(index)} as a condition`);
  return yield* holds(c, cpu, info);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sets of CPUs. Linux v6.6: include/linux/cpumask.h, cpumask_test_cpu(), cpumask_set_cpu(), cpumask_clear_cpu(), cpumask_empty(), cpumask_any_but(),
 * for_each_cpu(); kernel/smp.c, nr_cpu_ids.
 *
 * Linux passes a pointer and reads the mask again where it chooses the targets; here it is read once, into a local value of one 32-bit word for each 32
 * CPUs: a later look would only add CPUs that need no call, or drop ones that have left. What touches a mask costs as many accesses as the machine's
 * CPUs need words, as in Linux.
 */
import { load, peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';

/** CONFIG_NR_CPUS. A 32-bit kernel has 64 at most: what lies above is for studies. */
export const NR_CPUS = 256;
/** Words of a mask in memory. */
export const CPUMASK_WORDS = NR_CPUS / 32;

export type Cpumask = number[];

const words = (c: Vcpu): number => (c.m.cpus + 31) >> 5;

/** The word of a mask in memory that has the CPU's bit, which is `cpumask_bit(cpu)`. */
export const cpumask_word = (mask: Ptr, cpu: number): Ptr => at(mask, cpu >> 5);
export const cpumask_bit = (cpu: number): number => 1 << (cpu & 31);

/** Marked loads of a mask. */
export function* cpumask_load(c: Vcpu, mask: Ptr): Code<Cpumask> {
  const value: Cpumask = [];
  for (let i = 0; i < words(c); i++) value.push(yield* load(c, at(mask, i)));
  return value;
}

/** Plain loads and stores of a mask that belongs to the caller. */
export function cpumask_peek(c: Vcpu, mask: Ptr): Cpumask {
  const value: Cpumask = [];
  for (let i = 0; i < words(c); i++) value.push(peek(c, at(mask, i)));
  return value;
}

export function cpumask_poke(c: Vcpu, mask: Ptr, value: Cpumask): void {
  for (let i = 0; i < words(c); i++) poke(c, at(mask, i), value[i]!);
}

export const cpumask_none = (c: Vcpu): Cpumask => Array<number>(words(c)).fill(0);

export function cpu_online_mask(c: Vcpu): Cpumask {
  const mask = cpumask_none(c);
  for (let cpu = 0; cpu < c.m.cpus; cpu++) cpumask_set_cpu(cpu, mask);
  return mask;
}

export const cpumask_test_cpu = (cpu: number, mask: Cpumask): boolean => ((mask[cpu >> 5]! >>> (cpu & 31)) & 1) !== 0;

export function cpumask_set_cpu(cpu: number, mask: Cpumask): void {
  mask[cpu >> 5]! |= cpumask_bit(cpu);
}

export function cpumask_clear_cpu(cpu: number, mask: Cpumask): void {
  mask[cpu >> 5]! &= ~cpumask_bit(cpu);
}

/** Adds the CPUs of another mask. */
export function cpumask_or(mask: Cpumask, other: Cpumask): void {
  for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
}

/** For the trace: a number, or as %*pb where it has several words. */
export const cpumask_pr = (mask: Cpumask): number | string =>
  mask.length === 1
    ? mask[0]!
    : mask
        .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
        .reverse()
        .join(',');

/** Is a CPU other than this one in the mask? Linux asks whether cpumask_any_but() is below nr_cpu_ids. */
export function cpumask_has_but(mask: Cpumask, cpu: number): boolean {
  for (let i = 0; i < mask.length; i++) if ((mask[i]! & (i === cpu >> 5 ? ~cpumask_bit(cpu) : -1)) !== 0) return true;
  return false;
}

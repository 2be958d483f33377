// SPDX-License-Identifier: GPL-2.0-only
/**
 * Failures on demand. Linux v6.6: lib/fault-inject.c, should_fail(), struct fault_attr, of which there is `times` alone; mm/fail_page_alloc.c,
 * should_fail_alloc_page(), whose min-order is fixed at a huge page here; mm/failslab.c, __should_failslab(). No Linux makes charges fail this way.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL } from '../../../../mmu/types.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, struct, word } from '../../struct.ts';

/** How many of the next attempts fail; -1: all of them. */
const fault_attr = struct('fault_attr', { fail_page_alloc: word, fail_memcg_charge: word, failslab: word });
export const FAIL_PAGE_ALLOC = fault_attr.fail_page_alloc;
export const FAIL_MEMCG_CHARGE = fault_attr.fail_memcg_charge;
export const FAILSLAB = fault_attr.failslab;

export function init_fault_attr(k: Kernel): void {
  k.globals.fault_attr = newObject(k, fault_attr, 'fault_attr');
}

/** Linux: a write to /sys/kernel/debug/fail_page_alloc/times. */
export function set_fault_times(c: Vcpu, attr: number, times: number): void {
  poke(c, at(kernelOf(c).globals.fault_attr, attr), times);
}

export function should_fail(c: Vcpu, attr: number): boolean {
  const { fault_attr: base } = kernelOf(c).globals;
  if (base === NULL) return false;
  const times = peek(c, at(base, attr)) | 0;
  if (times > 0) poke(c, at(base, attr), times - 1);
  return times !== 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * How much memory the mappings of all processes could need. Linux v6.6: mm/util.c, __vm_enough_memory(), vm_acct_memory(); kernel default
 * vm.overcommit_memory = 0 (OVERCOMMIT_GUESS): only what can never be there is refused.
 */
import { tally } from '../../../../cpu/tally.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, struct, word } from '../../struct.ts';

const vm_accounting = struct('vm_accounting', {
  /** Pages. */
  vm_committed_as: word,
  /** Of RAM and swap together. */
  totalram_and_swap_pages: word,
});

/** @param pages of RAM and swap together */
export function vm_accounting_init(k: Kernel, pages: number): void {
  k.globals.vm_accounting = newObject(k, vm_accounting, 'vm_accounting');
  writeWord(k.m.mem, at(k.globals.vm_accounting, vm_accounting.totalram_and_swap_pages), pages);
}

const accountOf = (c: Vcpu): Ptr => kernelOf(c).globals.vm_accounting;

/** @returns 0, and the pages count as promised, or -ENOMEM. Linux v6.6: security_vm_enough_memory_mm(). */
export function security_vm_enough_memory_mm(c: Vcpu, pages: number): number {
  const total = c.m.mem.words[at(accountOf(c), vm_accounting.totalram_and_swap_pages)]!;
  if (pages > total) return -ENOMEM;
  tally(c, at(accountOf(c), vm_accounting.vm_committed_as), pages);
  return 0;
}

export function vm_unacct_memory(c: Vcpu, pages: number): void {
  tally(c, at(accountOf(c), vm_accounting.vm_committed_as), -pages);
}

/** /proc/meminfo's Committed_AS, in pages. */
export const vm_memory_committed = (k: Kernel): number => k.m.mem.words[at(k.globals.vm_accounting, vm_accounting.vm_committed_as)]!;

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The top level of PAE tables, as Linux folds it: a pud is one of the four entries of the PGD. Linux v6.6: include/linux/pgtable.h, pud_offset();
 * include/asm-generic/pgtable-nopud.h; arch/x86/include/asm/pgtable.h, pud_none(), pud_page().
 */
import { peek } from '../../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import { entryPfn } from '../../../../../mmu/entry.ts';
import { frameOfSlot, slotOf } from '../../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { pfn_to_page } from '../mm/page.ts';
import { mm_struct } from '../mm_types.ts';

export function pud_offset(c: Vcpu, mm: Ptr, address: number): Ptr {
  const { mem } = c.m;
  return at(frameOfSlot(mem, slotOf(mem, peek(c, at(mm, mm_struct.pgd)) as Pfn)), (address >>> 30) * 2);
}

export const pud_none = (lo: number): boolean => lo === 0;

/** Page of the directory that an entry points to. */
export const pud_page = (c: Vcpu, lo: number, hi: number): Ptr => pfn_to_page(c, entryPfn(lo, hi));

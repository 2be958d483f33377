// SPDX-License-Identifier: GPL-2.0-only
/**
 * Small helpers of mm: locks of page tables, the walk to a pmd, counters. Linux v6.6: include/linux/mm.h, mm/rmap.c (mm_find_pmd),
 * include/linux/mm_types.h.
 */
import { entryUse } from '../../../../cpu/entry-read.ts';
import { peek, update } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { entryPfn } from '../../../../mmu/entry.ts';
import { FRAME_KIND_NAMES, FREED, kindOfSlot } from '../../../../mmu/frames.ts';
import { frameOfSlot, pageOfSlot, slotOf, slotOfWord } from '../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { guard, on } from '../../guard.ts';
import { spin_lock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { mm_struct, page } from './mm_types.ts';

export const split_ptlocks = guard(
  'split-ptlock',
  'every page table has a lock of its own (off: mm->page_table_lock for all)',
  'include/linux/mm.h',
);

const hexPfn = (pfn: Pfn): string => `0x${pfn.toString(16).padStart(6, '0')}`;

/** Slot of the frame that a table pmd points to; `how` says what for. A frame that is no page table is a finding. */
export function pmd_page(c: Vcpu, lo: number, hi: number, kind: number, how: string): number {
  const { mem } = c.m;
  const pfn = entryPfn(lo, hi);
  const slot = slotOf(mem, pfn);
  if (slot < 0) violate(c, 'wrong-frame', `frame ${hexPfn(pfn)} ${how}: there is no memory`);
  const is = kindOfSlot(mem, slot);
  // A frame that was freed meanwhile may still be mapped: the first touch tells, and only that is ordered with the freeing.
  if (is !== kind && is !== FREED)
    violate(c, 'wrong-frame', `frame ${hexPfn(pfn)} ${how}: it is ${FRAME_KIND_NAMES[is]}, not a ${FRAME_KIND_NAMES[kind]}`);
  return slot;
}

/** The lock of the table that a pmd value points to, in that table's struct page. */
export function pte_lockptr(c: Vcpu, mm: Ptr, lo: number, hi: number, kind: number): Ptr {
  entryUse(c, lo, hi, 'the lock of that frame is taken as the page-table lock');
  if (!on(c, split_ptlocks)) return at(mm, mm_struct.page_table_lock);
  return at(pageOfSlot(c.m.mem, pmd_page(c, lo, hi, kind, 'is locked as a page table')), page.ptl);
}

/** The lock of the page directory that the entry lies in. */
export function pmd_lockptr(c: Vcpu, mm: Ptr, pmd: Ptr): Ptr {
  if (!on(c, split_ptlocks)) return at(mm, mm_struct.page_table_lock);
  return at(pageOfSlot(c.m.mem, slotOfWord(c.m.mem, pmd)), page.ptl);
}

export function* pmd_lock(c: Vcpu, mm: Ptr, pmd: Ptr): Code<Ptr> {
  const ptl = pmd_lockptr(c, mm, pmd);
  yield* spin_lock(c, ptl);
  return ptl;
}

/** The pmd of an address, or NULL: a plain walk, since upper levels are never taken away while the mm lives. */
export function mm_find_pmd(c: Vcpu, mm: Ptr, address: number): Ptr {
  const { mem } = c.m;
  const pgd = frameOfSlot(mem, slotOf(mem, peek(c, at(mm, mm_struct.pgd)) as Pfn));
  const pud = at(pgd, (address >>> 30) * 2);
  const lo = peek(c, pud);
  if (pmd_none(lo)) return 0 as Ptr;
  const pmds = frameOfSlot(mem, slotOf(mem, entryPfn(lo, peek(c, at(pud, 1)))));
  return at(pmds, ((address >>> 21) & 511) * 2);
}

/** Index of an address's pte, in words. */
export const pte_index = (address: number): number => ((address >>> 12) & 511) * 2;

export function* mm_inc_nr_ptes(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.pgtables_bytes), ADD, 4096);
}

export function* mm_dec_nr_ptes(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.pgtables_bytes), ADD, -4096);
}

/** CONFIG_HIGHPTE of the kernel that runs: without it a table's address comes from the low word alone. */
export const highpte = (c: Vcpu): boolean => kernelOf(c).config.highpte;

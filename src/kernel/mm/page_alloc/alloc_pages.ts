// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages for page tables. Linux v6.6: mm/page_alloc.c, __alloc_pages(), __free_page(); arch/x86/mm/pgtable.c, pte_alloc_one(); include/linux/mm.h,
 * pagetable_pte_ctor() and _dtor(). Which free frame comes is a choice that the explorer tries in full.
 * Left out: zones, orders, watermarks; a freed frame is not handed out again within an execution, so that every later touch of it shows.
 */
import { fillPrivateFrame } from '../../../../cpu/memory.ts';
import { choose, fillRange, rmw } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { FREE, FREED, kindOfSlot, POISON, PTE_TABLE, setFrame } from '../../../../mmu/frames.ts';
import { backFrame, frameOfSlot, pageOfSlot } from '../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { page } from '../../include/linux/mm_types.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';

/** What a freed lock word holds: taken, for ever. */
const LOCK_POISON = 0xdead4ead;

/** A zeroed page table for `address` of `mm`. @returns its slot */
export function* pte_alloc_one(c: Vcpu, mm: Ptr, address: number): Code<number> {
  const { mem } = c.m;
  const frames = kernelOf(c).config.tableFrames;
  let free = 0;
  for (const pfn of frames) if (kindOfSlot(mem, backFrame(mem, pfn)) === FREE) free++;
  if (free === 0) violate(c, 'check', 'the scenario has no free frame for another page table');
  let n = yield* choose(c, free);
  let slot = -1;
  for (const pfn of frames) {
    const candidate = backFrame(mem, pfn as Pfn);
    if (kindOfSlot(mem, candidate) === FREE && n-- === 0) slot = candidate;
  }
  setFrame(mem, slot, PTE_TABLE, mm, address);
  fillPrivateFrame(c, slot, 0);
  return slot;
}

/** Gives a page table back at once. */
export function* pte_free(c: Vcpu, slot: number): Code {
  const { mem } = c.m;
  yield* rmw(c, at(pageOfSlot(mem, slot), page.ptl), XCHG, LOCK_POISON); // pagetable_pte_dtor(): the lock is gone
  setFrame(mem, slot, FREED, 0 as Ptr, 0);
  yield* fillRange(c, frameOfSlot(mem, slot), POISON);
}

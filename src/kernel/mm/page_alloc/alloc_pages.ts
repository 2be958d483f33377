// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages for page tables. Linux v6.6: mm/page_alloc.c, __alloc_pages(), __free_page(); arch/x86/mm/pgtable.c, pte_alloc_one(); include/linux/mm.h,
 * pagetable_pte_ctor() and _dtor(). Which free frame comes is a choice that the explorer tries in full.
 * Left out: zones, orders, watermarks; a freed frame is not handed out again within an execution, so that every later touch of it shows.
 */
import { fillPrivateFrame } from '../../../../cpu/memory.ts';
import { choose, cmpxchg, fillRange, rmw } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { FREED, LOCK_POISON, POISON, PTE_TABLE, setFrame } from '../../../../mmu/frames.ts';
import { backFrame, frameOfSlot, pageOfSlot } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { page } from '../../include/linux/mm_types.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';

/** page->flags of a frame that is handed out. */
const TAKEN = 1;

/** A zeroed page table for `address` of `mm`: any of the kernel's frames, or the next one that is not taken. @returns its slot */
export function* pte_alloc_one(c: Vcpu, mm: Ptr, address: number): Code<number> {
  const { mem } = c.m;
  const frames = kernelOf(c).config.tableFrames;
  const first = yield* choose(c, frames.length);
  for (let i = 0; i < frames.length; i++) {
    const slot = backFrame(mem, frames[(first + i) % frames.length]!);
    if ((yield* cmpxchg(c, at(pageOfSlot(mem, slot), page.flags), 0, TAKEN)) !== 0) continue;
    setFrame(mem, slot, PTE_TABLE, mm, address);
    fillPrivateFrame(c, slot, 0);
    return slot;
  }
  violate(c, 'check', `the scenario has ${frames.length} frames for page tables, and all are taken`);
}

/** Gives a page table back at once. */
export function* pte_free(c: Vcpu, slot: number): Code {
  const { mem } = c.m;
  yield* rmw(c, at(pageOfSlot(mem, slot), page.ptl), XCHG, LOCK_POISON); // pagetable_pte_dtor(): the lock is gone
  yield* fillRange(c, frameOfSlot(mem, slot), POISON);
  setFrame(mem, slot, FREED, 0 as Ptr, 0);
}

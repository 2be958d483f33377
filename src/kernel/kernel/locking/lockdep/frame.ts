// SPDX-License-Identifier: GPL-2.0-only
/**
 * Spinlocks that lie in a struct page (ptdesc.ptl). Linux v6.6: include/linux/mm.h, pte_lockptr(), pmd_lockptr(), ptlock_ptr().
 *
 * With USE_SPLIT_PTE_PTLOCKS and a spinlock of one word the lock shares its place with page->private. Taking "the ptl" of a frame that is
 * no page table writes there: on Linux that goes unnoticed until later, here it is a report.
 */
import { violate } from '../../../../../cpu/report.ts';
import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import { FRAME_KIND_NAMES, kindOfSlot, PMD_TABLE, PTE_TABLE } from '../../../../../mmu/frames.ts';
import { pfnOfSlot, slotOfPageWord } from '../../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../../mmu/types.ts';

/** Right after an operation on a lock word: does it belong to what it should? A page directory's is the pmd lock. */
export function check_lock_frame(c: Vcpu, lock: Ptr): void {
  const { mem } = c.m;
  const slot = slotOfPageWord(mem, lock);
  if (slot < 0) return;
  const kind = kindOfSlot(mem, slot);
  if (kind === PTE_TABLE || kind === PMD_TABLE) return;
  const frame = `0x${pfnOfSlot(mem, slot).toString(16).padStart(6, '0')}`;
  violate(c, 'wrong-lock', `a page-table lock is taken in the struct page of frame ${frame}, which is ${FRAME_KIND_NAMES[kind]}`);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A walk of another process's page tables: smaps, pagemap, process_madvise. The CPU normally does not run that mm.
 * Linux v6.6: mm/pagewalk.c, walk_pte_range(); mmap_lock is held for reading.
 * Left out: ACTION_AGAIN is the caller's next call; one page.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { down_read, up_read } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';

export function* walk_page_range(c: Vcpu, mm: Ptr, address: number): Code {
  yield* down_read(c, at(mm, mm_struct.mmap_lock));
  const pmd = mm_find_pmd(c, mm, address);
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte !== NULL) {
    const ptl = c.out as Ptr;
    yield* ptep_get(c, pte);
    yield* pte_unmap_unlock(c, ptl);
  }
  yield* up_read(c, at(mm, mm_struct.mmap_lock));
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The last reference to an address space is gone. Linux v6.6: kernel/fork.c, __mmdrop(), check_mm(), free_mm().
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { tallied } from '../../../../cpu/tally.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pgd_free } from '../../arch/x86/mm/pgtable/pgd_alloc.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { at } from '../../struct.ts';

export const mm_cachep = kmem_cache('mm_struct', mm_struct);

const RSS_NAMES = ['MM_FILEPAGES', 'MM_ANONPAGES', 'MM_SWAPENTS', 'MM_SHMEMPAGES'];

export function* __mmdrop(c: Vcpu, mm: Ptr): Code {
  yield* pgd_free(c, mm, peek(c, at(mm, mm_struct.pgd)));
  check_mm(c, mm);
  yield* kmem_cache_free(c, mm_cachep, mm);
}

/** What was counted is gone. Statistics: read as a report reads them. */
function check_mm(c: Vcpu, mm: Ptr): void {
  for (const [i, name] of RSS_NAMES.entries()) {
    const left = tallied(c, at(mm, mm_struct.rss_stat + i));
    if (left !== 0) violate(c, 'check', `BUG: Bad rss-counter state mm:${mm} type:${name} val:${left}`);
  }
  const bytes = peek(c, at(mm, mm_struct.pgtables_bytes));
  if (bytes !== 0) violate(c, 'lost-table', `BUG: non-zero pgtables_bytes on freeing mm: ${bytes}`);
}

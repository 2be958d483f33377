// SPDX-License-Identifier: GPL-2.0-only
/**
 * The size of the page that a sampled address lies in (PERF_SAMPLE_DATA_PAGE_SIZE). Linux v6.6: kernel/events/core.c, perf_get_page_size(),
 * perf_get_pgtable_size().
 *
 * Runs where a counter overflows, which on x86 is an NMI: no lock can be taken, and interrupts are off already. The walk is that of gup_fast.
 * left out: the levels above the page directory, which do not change here.
 */
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../mmu/types.ts';
import { pmd_present, pmd_trans_huge, pte_present } from '../../../arch/x86/include/asm/pgtable.ts';
import { on } from '../../../guard.ts';
import { local_irq_restore, local_irq_save } from '../../../include/linux/irqflags.ts';
import { mm_find_pmd } from '../../../include/linux/mm.ts';
import { pmdp_get_lockless, ptep_get_lockless } from '../../../include/linux/pgtable/pmdp_get_lockless.ts';
import { map_rcu_read_lock, map_value, pte_unmap } from '../../../mm/pgtable-generic/__pte_offset_map.ts';
import { rcu_read_lock } from '../../rcu/update.ts';

const PAGE_SIZE = 4096;
const PMD_SIZE = 0x200000;

/** @returns bytes, or 0 if nothing is mapped there */
export function* perf_get_page_size(c: Vcpu, mm: Ptr, addr: number): Code<number> {
  const flags = yield* local_irq_save(c);
  const size = yield* perf_get_pgtable_size(c, mm, addr);
  yield* local_irq_restore(c, flags);
  return size;
}

function* perf_get_pgtable_size(c: Vcpu, mm: Ptr, addr: number): Code<number> {
  const pmdp = mm_find_pmd(c, mm, addr);
  for (;;) {
    const lo = yield* pmdp_get_lockless(c, pmdp);
    const hi = c.hi;
    if (!pmd_present(lo)) return 0;
    if (pmd_trans_huge(lo)) return PMD_SIZE;
    if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c); // pte_offset_map(&pmd, addr): of the copy on the stack
    const ptep = yield* map_value(c, NULL, lo, hi, addr);
    if (ptep === NULL) continue;
    const size = pte_present(yield* ptep_get_lockless(c, ptep)) ? PAGE_SIZE : 0;
    yield* pte_unmap(c);
    return size;
  }
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tables that are freed after a grace period. Linux v6.6: mm/mmu_gather.c, tlb_remove_table(), tlb_table_flush(), tlb_remove_table_rcu(), under
 * CONFIG_MMU_GATHER_RCU_TABLE_FREE; where flushes are interrupts x86 does without (arch/x86/kernel/paravirt.c, native_tlb_remove_table()).
 *
 * left out: the page that holds a batch: its tables are linked.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { call_rcu } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { __free_page } from '../page_alloc/__free_pages.ts';

/** The flush that tlb_table_flush() comes after makes the processor's walkers let go of it (tlb_needs_table_invalidate()). */
export function tlb_remove_table(c: Vcpu, tlb: mmu_gather, page: Ptr): void {
  poke(c, at(page, struct_page.lru_next), tlb.batch);
  tlb.batch = page;
}

function* tlb_remove_table_rcu(c: Vcpu, head: number): Code {
  for (let page = head as Ptr; page !== NULL; ) {
    const next = peek(c, at(page, struct_page.lru_next)) as Ptr;
    yield* __free_page(c, page);
    page = next;
  }
}

/** After the flush. Pairs with the interrupts-off or RCU sections of whoever walks tables without a lock. */
export function* tlb_table_flush(c: Vcpu, tlb: mmu_gather): Code {
  if (tlb.batch === NULL) return;
  const head = tlb.batch;
  tlb.batch = NULL;
  yield* call_rcu(c, head, tlb_remove_table_rcu);
}

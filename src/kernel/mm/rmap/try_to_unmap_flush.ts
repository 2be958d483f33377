// SPDX-License-Identifier: GPL-2.0-only
/**
 * TLB flushes of reclaim, put together: an entry is cleared under its lock at once, and other CPUs are told once for a whole batch of pages.
 * Linux v6.6: mm/rmap.c, try_to_unmap_flush(), set_tlb_ubc_flush_pending(), should_defer_flush(), flush_tlb_batched_pending().
 *
 * Meanwhile those CPUs may still use the translation, so no page of the batch is written out or freed before; and who changes page tables of
 * such an mm and relies on their being what TLBs hold (mprotect, munmap, mremap) flushes first, under the page-table lock: mm->tlb_flush_batched counts
 * batches asked for in its low half, and in its high half those known to be done.
 * The batch is the CPU's here, the task's in Linux: a batch that two tasks of a CPU share is flushed no later for either.
 */
import { cmpxchg, load, peek, poke, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { arch_tlbbatch_add_pending, arch_tlbbatch_flush } from '../../arch/x86/mm/tlb/arch_tlbbatch_flush.ts';
import { flush_tlb_mm } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { cpumask_has_but, cpumask_load } from '../../include/linux/cpumask.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { TTU_BATCH_FLUSH } from '../../include/linux/rmap.ts';
import { at } from '../../struct.ts';

export const batched_pending = guard('flush-batched-pending', 'flush_tlb_batched_pending() before page tables are changed', 'mm/rmap.c');

const FLUSHED_SHIFT = 16;
const PENDING_MASK = (1 << (FLUSHED_SHIFT - 1)) - 1;
/** Many: the counts start again, before one catches up with the other. */
const PENDING_LARGE = PENDING_MASK >> 1;

export function* try_to_unmap_flush(c: Vcpu): Code {
  if (peek(c, this_cpu_ptr(c, percpu.tlb_ubc_flush_required)) === 0) return;
  yield* arch_tlbbatch_flush(c, this_cpu_ptr(c, percpu.tlb_ubc_cpumask));
  poke(c, this_cpu_ptr(c, percpu.tlb_ubc_flush_required), 0);
  poke(c, this_cpu_ptr(c, percpu.tlb_ubc_writable), 0);
}

/** Before a page is written out: flush if some page of the batch may still be written to. */
export function* try_to_unmap_flush_dirty(c: Vcpu): Code {
  if (peek(c, this_cpu_ptr(c, percpu.tlb_ubc_writable)) !== 0) yield* try_to_unmap_flush(c);
}

/** An entry of `mm` has been cleared. `writable`: it was dirty, so it may be written through. */
export function* set_tlb_ubc_flush_pending(c: Vcpu, mm: Ptr, writable: boolean): Code {
  yield* arch_tlbbatch_add_pending(c, this_cpu_ptr(c, percpu.tlb_ubc_cpumask), mm);
  poke(c, this_cpu_ptr(c, percpu.tlb_ubc_flush_required), 1);
  const batched = at(mm, mm_struct.tlb_flush_batched);
  let batch = yield* load(c, batched);
  while ((batch & PENDING_MASK) > PENDING_LARGE) {
    const seen = yield* cmpxchg(c, batched, batch, 1);
    if (seen === batch) break;
    batch = seen;
  }
  if ((batch & PENDING_MASK) <= PENDING_LARGE) yield* update(c, batched, ADD, 1);
  if (writable) poke(c, this_cpu_ptr(c, percpu.tlb_ubc_writable), 1);
}

/** Is it worth while? Only if another CPU has to be told. */
export function* should_defer_flush(c: Vcpu, mm: Ptr, flags: number): Code<boolean> {
  if ((flags & TTU_BATCH_FLUSH) === 0) return false;
  return cpumask_has_but(yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap)), c.id);
}

/** With a page-table lock of the mm held. */
export function* flush_tlb_batched_pending(c: Vcpu, mm: Ptr): Code {
  if (!on(c, batched_pending)) return;
  const batched = at(mm, mm_struct.tlb_flush_batched);
  const batch = yield* load(c, batched);
  const pending = batch & PENDING_MASK;
  if (pending === batch >>> FLUSHED_SHIFT) return;
  yield* flush_tlb_mm(c, mm);
  // What came to be pending during the flush stays so.
  yield* cmpxchg(c, batched, batch, pending | (pending << FLUSHED_SHIFT));
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA gets its anon_vma before its first anonymous page. Linux v6.6: mm/rmap.c, anon_vma_prepare(), __anon_vma_prepare(); mm/mmap.c,
 * find_mergeable_anon_vma(), reusable_anon_vma(), anon_vma_compatible().
 */
import { load, peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { data_race } from '../../guard.ts';
import { VM_ACCESS_FLAGS } from '../../include/linux/mm/vm_flags.ts';
import { anon_vma, anon_vma_chain, mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { might_sleep } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { vma_pages } from '../mmap/find_vma.ts';
import { anon_vma_alloc, anon_vma_chain_alloc, anon_vma_chain_free, anon_vma_chain_link, put_anon_vma } from './anon_vma_chain.ts';

data_race('vma->anon_vma, read without page_table_lock before it is prepared', 'mm/rmap.c anon_vma_prepare');
data_race('the chains of a neighbour that is being prepared', 'mm/mmap.c reusable_anon_vma');

/** The caller holds mmap_lock. @returns 0 or -ENOMEM */
export function* anon_vma_prepare(c: Vcpu, vma: Ptr): Code<number> {
  if ((yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL) return 0;
  return yield* __anon_vma_prepare(c, vma);
}

function* __anon_vma_prepare(c: Vcpu, vma: Ptr): Code<number> {
  might_sleep(c);
  const avc = yield* anon_vma_chain_alloc(c);
  if (avc === NULL) return -ENOMEM;
  const found = yield* find_mergeable_anon_vma(c, vma);
  const av = found === NULL ? yield* anon_vma_alloc(c) : found;
  if (av === NULL) {
    yield* anon_vma_chain_free(c, avc);
    return -ENOMEM;
  }
  if (found === NULL) poke(c, at(av, anon_vma.num_children), 1); // a root is its own child
  yield* anon_vma_lock_write(c, av);
  const page_table_lock = at(peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, mm_struct.page_table_lock);
  yield* spin_lock(c, page_table_lock); // another thread may have come first
  const first = (yield* load(c, at(vma, vm_area_struct.anon_vma))) === NULL;
  if (first) {
    // Pairs with the look under ptl in retract_page_tables(): the store drains before the locked operation that takes that lock for an insert.
    yield* store(c, at(vma, vm_area_struct.anon_vma), av);
    yield* anon_vma_chain_link(c, vma, avc, av);
    poke(c, at(av, anon_vma.num_active_vmas), peek(c, at(av, anon_vma.num_active_vmas)) + 1);
  }
  yield* spin_unlock(c, page_table_lock);
  yield* anon_vma_unlock_write(c, av);
  if (!first) {
    if (found === NULL) yield* put_anon_vma(c, av);
    yield* anon_vma_chain_free(c, avc);
  }
  return 0;
}

/** Could the two have been one VMA, but for what may be done with them? */
function anon_vma_compatible(c: Vcpu, a: Ptr, b: Ptr): boolean {
  const differ = peek(c, at(a, vm_area_struct.vm_flags)) ^ peek(c, at(b, vm_area_struct.vm_flags));
  return (
    peek(c, at(a, vm_area_struct.vm_end)) === peek(c, at(b, vm_area_struct.vm_start)) &&
    peek(c, at(a, vm_area_struct.vm_file)) === peek(c, at(b, vm_area_struct.vm_file)) &&
    (differ & ~VM_ACCESS_FLAGS) === 0 &&
    peek(c, at(b, vm_area_struct.vm_pgoff)) === peek(c, at(a, vm_area_struct.vm_pgoff)) + vma_pages(c, a)
  );
}

/** The anon_vma of one of two compatible neighbours, if it has no others. */
function* reusable_anon_vma(c: Vcpu, old: Ptr, a: Ptr, b: Ptr): Code<Ptr> {
  if (!anon_vma_compatible(c, a, b)) return NULL;
  const av = (yield* load(c, at(old, vm_area_struct.anon_vma))) as Ptr;
  if (av === NULL) return NULL;
  const avc = (yield* load(c, at(old, vm_area_struct.anon_vma_chain))) as Ptr;
  if (avc === NULL) return NULL;
  return (yield* load(c, at(avc, anon_vma_chain.same_vma_next))) === NULL ? av : NULL;
}

/** Neighbours that share an anon_vma can be merged again later. */
function* find_mergeable_anon_vma(c: Vcpu, vma: Ptr): Code<Ptr> {
  const next = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  const prev = peek(c, at(vma, vm_area_struct.vm_prev)) as Ptr;
  const found = next === NULL ? NULL : yield* reusable_anon_vma(c, next, vma, next);
  if (found !== NULL) return found;
  return prev === NULL ? NULL : yield* reusable_anon_vma(c, prev, prev, vma);
}

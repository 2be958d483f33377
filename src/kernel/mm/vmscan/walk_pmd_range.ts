// SPDX-License-Identifier: GPL-2.0-only
/**
 * Multi-gen LRU's look at the page tables of other processes: the pmd is read with interrupts *on*, and what follows works on the copy, so
 * the interrupts-off section of __pte_offset_map() protects nothing. Nor is the pmd looked at again under the lock.
 * Linux v6.6: mm/vmscan.c, walk_mm(), walk_pmd_range(), walk_pte_range(). mmap_lock is held for reading, and RCU over the whole walk
 * (mem_cgroup_trylock_pages()).
 * Left out: Bloom filters, batches, pmd young bits; one page.
 */
import { rmw } from '../../../../cpu/ops.ts';
import { AND } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_present, pmd_trans_huge, pte_present, pte_young } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_ACCESSED } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { on } from '../../guard.ts';
import { mm_find_pmd, pte_lockptr } from '../../include/linux/mm.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { down_read_trylock, up_read } from '../../kernel/locking/rwsem.ts';
import { spin_trylock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { map_rcu_read_lock, map_value, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';

export function* walk_mm(c: Vcpu, mm: Ptr, address: number): Code {
  if (!(yield* down_read_trylock(c, at(mm, mm_struct.mmap_lock)))) return;
  yield* rcu_read_lock(c);
  yield* walk_pmd_range(c, mm, mm_find_pmd(c, mm, address), address);
  yield* rcu_read_unlock(c);
  yield* up_read(c, at(mm, mm_struct.mmap_lock));
}

function* walk_pmd_range(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code {
  const lo = yield* pmdp_get_lockless(c, pmd); // interrupts on
  const hi = c.hi;
  if (!pmd_present(lo) || pmd_trans_huge(lo)) return;
  yield* walk_pte_range(c, mm, lo, hi, address);
}

function* walk_pte_range(c: Vcpu, mm: Ptr, lo: number, hi: number, address: number): Code {
  if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c); // pte_offset_map_nolock(mm, &val, ...)
  const pte = yield* map_value(c, NULL, lo, hi, address);
  if (pte === NULL) return;
  const ptl = pte_lockptr(c, mm, lo, hi, PTE_TABLE);
  if (yield* spin_trylock(c, ptl)) {
    const pteLo = yield* ptep_get(c, pte);
    if (pte_present(pteLo) && pte_young(pteLo)) yield* rmw(c, pte, AND, ~_PAGE_ACCESSED); // ptep_test_and_clear_young()
    yield* spin_unlock(c, ptl);
  }
  yield* pte_unmap(c);
}

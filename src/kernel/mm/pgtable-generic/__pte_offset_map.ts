// SPDX-License-Identifier: GPL-2.0-only
/**
 * From a pmd to its page table, without a lock. Linux v6.6: mm/pgtable-generic.c, __pte_offset_map(), pte_offset_map_nolock(),
 * __pte_offset_map_lock(), pmd_clear_bad().
 *
 * RCU keeps a table that was unhooked meanwhile from being freed; it does not keep it in its slot. Who locks the table looks at the pmd again.
 */
import { entryUse } from '../../../../cpu/entry-read.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { frameOfSlot } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_bad, pmd_none, pmd_same, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { native_pmd_clear } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { guard, on } from '../../guard.ts';
import { highpte, pmd_page, pte_index, pte_lockptr } from '../../include/linux/mm.ts';
import { pmdp_get_lockless, pmdp_get_lockless_end, pmdp_get_lockless_start } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';

export const map_rcu_read_lock = guard('rcu-read-lock', 'rcu_read_lock() from __pte_offset_map() to pte_unmap()', 'mm/pgtable-generic.c');
export const pmd_same_recheck = guard('pmd-same-recheck', 'pmd_same() after the page-table lock is taken', 'mm/pgtable-generic.c');

/** The table of a pmd value, mapped; with CONFIG_HIGHPTE by kmap_local_page() of the whole frame number, else from the low word. */
function __pte_map(c: Vcpu, lo: number, hi: number, address: number): Ptr {
  entryUse(c, lo, hi, 'that frame is mapped as a page table');
  const slot = pmd_page(c, lo, highpte(c) ? hi : 0, PTE_TABLE, 'is mapped as a page table');
  return at(frameOfSlot(c.m.mem, slot), pte_index(address));
}

/** @returns the pte, or NULL if there is no table; the pmd value that was read is in c.outLo and c.outHi */
export function* __pte_offset_map(c: Vcpu, pmd: Ptr, address: number): Code<Ptr> {
  if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c);
  const irqflags = yield* pmdp_get_lockless_start(c);
  const lo = yield* pmdp_get_lockless(c, pmd);
  const hi = c.hi;
  yield* pmdp_get_lockless_end(c, irqflags);
  return yield* map_value(c, pmd, lo, hi, address);
}

/** The rest of __pte_offset_map(), for a value that was read from `pmd`; multi-gen LRU enters with a copy on its stack. */
export function* map_value(c: Vcpu, pmd: Ptr, lo: number, hi: number, address: number): Code<Ptr> {
  c.outLo = lo;
  c.outHi = hi;
  if (pmd_none(lo) || pmd_trans_huge(lo)) {
    if (on(c, map_rcu_read_lock)) yield* rcu_read_unlock(c);
    return NULL;
  }
  if (pmd_bad(lo, hi)) {
    entryUse(c, lo, hi, pmd === NULL ? 'pmd_bad() is reported' : 'pmd_clear_bad() clears the live entry');
    if (pmd !== NULL) yield* native_pmd_clear(c, pmd); // pmd_clear_bad(): the live entry, with no lock
    if (on(c, map_rcu_read_lock)) yield* rcu_read_unlock(c);
    return NULL;
  }
  return __pte_map(c, lo, hi, address);
}

export function* pte_unmap(c: Vcpu): Code {
  if (on(c, map_rcu_read_lock)) yield* rcu_read_unlock(c);
}

/** @returns the pte or NULL; its lock, not taken, in c.out: that of the table that was read. No recheck: that is the caller's. */
export function* pte_offset_map_nolock(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code<Ptr> {
  const pte = yield* __pte_offset_map(c, pmd, address);
  if (pte !== NULL) c.out = pte_lockptr(c, mm, c.outLo, c.outHi, PTE_TABLE);
  return pte;
}

/** @returns the pte or NULL; its lock, taken, in c.out */
export function* __pte_offset_map_lock(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code<Ptr> {
  for (;;) {
    const pte = yield* __pte_offset_map(c, pmd, address);
    if (pte === NULL) return NULL;
    const lo = c.outLo;
    const hi = c.outHi;
    const ptl = pte_lockptr(c, mm, lo, hi, PTE_TABLE);
    yield* spin_lock(c, ptl);
    if (!on(c, pmd_same_recheck)) {
      c.out = ptl;
      return pte;
    }
    const nowLo = yield* pmdp_get_lockless(c, pmd);
    if (pmd_same(lo, hi, nowLo, c.hi)) {
      c.out = ptl;
      return pte;
    }
    yield* pte_unmap_unlock(c, ptl);
  }
}

export const pte_offset_map_lock = __pte_offset_map_lock;

export function* pte_unmap_unlock(c: Vcpu, ptl: Ptr): Code {
  yield* spin_unlock(c, ptl);
  yield* pte_unmap(c);
}

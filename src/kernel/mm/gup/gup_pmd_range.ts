// SPDX-License-Identifier: GPL-2.0-only
/**
 * gup_fast: a reference to a user page with no lock, interrupts off for the whole walk. Linux v6.6: mm/gup.c, internal_get_user_pages_fast(),
 * gup_pmd_range(), gup_pte_range(). It runs on a CPU that has the mm.
 * Left out: huge pages, dev_pagemap, folio checks other than the two rechecks (70cbc3cc78a9).
 */
import { load, rmw, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pageOfSlot, slotOf } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_present, pmd_trans_huge, pte_pfn, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { guard, on } from '../../guard.ts';
import { local_irq_restore, local_irq_save } from '../../include/linux/irqflags.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { page } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless, ptep_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { rcu_read_lock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { map_rcu_read_lock, map_value, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';

export const gup_irqs_off = guard('gup-irqs-off', 'interrupts off during the walk of gup_fast', 'mm/gup.c');
export const gup_pmd_recheck = guard('gup-pmd-recheck', 'the second look at the pmd after the reference is taken', 'mm/gup.c');

/** @returns slot of the page that a reference was taken to, or -1: the slow path is needed */
export function* get_user_pages_fast(c: Vcpu, mm: Ptr, address: number): Code<number> {
  const flags = on(c, gup_irqs_off) ? yield* local_irq_save(c) : 0;
  const slot = yield* gup_pmd_range(c, mm_find_pmd(c, mm, address), address);
  if (on(c, gup_irqs_off)) yield* local_irq_restore(c, flags);
  return slot;
}

function* gup_pmd_range(c: Vcpu, pmdp: Ptr, address: number): Code<number> {
  const lo = yield* pmdp_get_lockless(c, pmdp);
  const hi = c.hi;
  if (!pmd_present(lo) || pmd_trans_huge(lo)) return -1;
  if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c); // pte_offset_map(&pmd, addr): of the copy on the stack
  const ptep = yield* map_value(c, NULL, lo, hi, address);
  if (ptep === NULL) return -1;
  const slot = yield* gup_pte_range(c, pmdp, lo, hi, ptep);
  yield* pte_unmap(c);
  return slot;
}

function* gup_pte_range(c: Vcpu, pmdp: Ptr, pmdLo: number, pmdHi: number, ptep: Ptr): Code<number> {
  const { mem } = c.m;
  const lo = yield* ptep_get_lockless(c, ptep);
  const hi = c.hi;
  if (!pte_present(lo)) return -1;
  const slot = slotOf(mem, pte_pfn(lo, hi));
  const refcount = at(pageOfSlot(mem, slot), page._refcount);
  yield* rmw(c, refcount, ADD, 1); // try_grab_folio()
  // The locked operation orders the reference before the rechecks. Pairs with the flush of whoever clears the entry and then looks at the count.
  const pmdSame = !on(c, gup_pmd_recheck) || ((yield* load(c, pmdp)) === pmdLo && (yield* load(c, at(pmdp, 1))) === pmdHi);
  if (pmdSame && (yield* load(c, ptep)) === lo && (yield* load(c, at(ptep, 1))) === hi) return slot;
  yield* update(c, refcount, ADD, -1);
  return -1;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tables that could not be taken, for khugepaged to try again. Linux v6.5: mm/khugepaged.c, khugepaged_add_pte_mapped_thp(),
 * khugepaged_collapse_pte_mapped_thps(). d50791c2bee9 took them away.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mmap_write_trylock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { collapse_pte_mapped_thp } from './collapse_pte_mapped_thp.ts';
import { hpage_collapse_test_exit } from './find_pmd.ts';
import { khugepaged_mm_slot, khugepaged_state, khugepaged_var, MAX_PTE_MAPPED_THP, mm_slot_lookup } from './khugepaged_scan.ts';

/** @returns whether there was a slot for the mm, with room in it */
export function* khugepaged_add_pte_mapped_thp(c: Vcpu, mm: Ptr, addr: number): Code<boolean> {
  if (kernelOf(c).globals.khugepaged === NULL) return false; // a machine without the thread
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* spin_lock(c, lock);
  const slot = mm_slot_lookup(c, mm);
  const n = slot === NULL ? MAX_PTE_MAPPED_THP : peek(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp));
  if (n < MAX_PTE_MAPPED_THP) {
    poke(c, at(slot, khugepaged_mm_slot.pte_mapped_thp + n), addr);
    poke(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp), n + 1);
  }
  yield* spin_unlock(c, lock);
  return n < MAX_PTE_MAPPED_THP;
}

/** At the start of each look at an mm. The count is read and reset without khugepaged_mm_lock: one that comes in between is lost, as in Linux. */
export function* khugepaged_collapse_pte_mapped_thps(c: Vcpu, slot: Ptr): Code {
  const n = peek(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp));
  if (n === 0) return;
  const mm = peek(c, at(slot, khugepaged_mm_slot.mm)) as Ptr;
  if (!(yield* mmap_write_trylock(c, mm))) return;
  if (!(yield* hpage_collapse_test_exit(c, mm))) {
    for (let i = 0; i < peek(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp)); i++) {
      yield* collapse_pte_mapped_thp(c, mm, peek(c, at(slot, khugepaged_mm_slot.pte_mapped_thp + i)), false);
    }
  }
  poke(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp), 0);
  yield* mmap_write_unlock(c, mm);
}

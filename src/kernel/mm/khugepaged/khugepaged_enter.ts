// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which mms khugepaged looks at. Linux v6.6: mm/khugepaged.c, khugepaged_enter_vma(), __khugepaged_enter(), __khugepaged_exit();
 * include/linux/khugepaged.h, khugepaged_fork(), khugepaged_exit().
 */
import { load, peek, poke, rmw, update } from '../../../../cpu/ops.ts';
import { AND, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { guard, on } from '../../guard.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { MMF_VM_HUGEPAGE } from '../../include/linux/sched/coredump.ts';
import { mmdrop, mmgrab } from '../../kernel/fork/mmput.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { hugepage_vma_check } from '../huge_memory/hugepage_vma_check.ts';
import { hugepage_flags_enabled } from '../huge_memory/transparent_hugepage_flags.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../slub/kmem_cache_alloc.ts';
import {
  khugepaged_mm_slot,
  khugepaged_read,
  khugepaged_state,
  khugepaged_var,
  mm_slot_cache,
  mm_slot_del,
  mm_slot_insert,
  mm_slot_lookup,
  no_mm_slots,
} from './khugepaged_scan.ts';
import { wake_up_khugepaged } from './khugepaged_wait.ts';

export const exit_waits = guard(
  'khugepaged-exit-waits',
  'exit waits until khugepaged has left the mm (mmap_write_lock)',
  'mm/khugepaged.c',
);

function* test_huge(c: Vcpu, mm: Ptr): Code<boolean> {
  return (((yield* load(c, at(mm, mm_struct.flags))) >>> MMF_VM_HUGEPAGE) & 1) !== 0;
}

/** Gives up quietly where memory is short. */
export function* __khugepaged_enter(c: Vcpu, mm: Ptr): Code {
  const slot = yield* kmem_cache_alloc(c, mm_slot_cache);
  if (slot === NULL) return;
  const before = yield* rmw(c, at(mm, mm_struct.flags), OR, 1 << MMF_VM_HUGEPAGE);
  if (((before >>> MMF_VM_HUGEPAGE) & 1) !== 0) {
    yield* kmem_cache_free(c, mm_slot_cache, slot);
    return;
  }
  poke(c, at(slot, khugepaged_mm_slot.mm), mm);
  poke(c, at(slot, khugepaged_mm_slot.nr_pte_mapped_thp), 0);
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* spin_lock(c, lock);
  const wakeup = yield* no_mm_slots(c);
  yield* mm_slot_insert(c, slot);
  yield* spin_unlock(c, lock);
  yield* mmgrab(c, mm);
  if (wakeup) yield* wake_up_khugepaged(c);
}

export function* khugepaged_enter_vma(c: Vcpu, vma: Ptr, vm_flags: number): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (!hugepage_flags_enabled(c) || (yield* test_huge(c, mm))) return;
  if (yield* hugepage_vma_check(c, vma, vm_flags, false, false, true)) yield* __khugepaged_enter(c, mm);
}

export function* khugepaged_fork(c: Vcpu, mm: Ptr, oldmm: Ptr): Code {
  if (yield* test_huge(c, oldmm)) yield* __khugepaged_enter(c, mm);
}

/** Nobody uses the mm any more. */
export function* khugepaged_exit(c: Vcpu, mm: Ptr): Code {
  if (yield* test_huge(c, mm)) yield* __khugepaged_exit(c, mm);
}

function* __khugepaged_exit(c: Vcpu, mm: Ptr): Code {
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* spin_lock(c, lock);
  const slot = mm_slot_lookup(c, mm);
  const free = slot !== NULL && khugepaged_read(c, khugepaged_state.mm_slot) !== slot;
  if (free) yield* mm_slot_del(c, slot);
  yield* spin_unlock(c, lock);
  if (free) {
    yield* update(c, at(mm, mm_struct.flags), AND, ~(1 << MMF_VM_HUGEPAGE));
    yield* kmem_cache_free(c, mm_slot_cache, slot);
    yield* mmdrop(c, mm);
  } else if (slot !== NULL && on(c, exit_waits)) {
    // Pairs with hpage_collapse_test_exit(), which is asked under the lock: khugepaged has left the page tables, or will not enter them.
    yield* mmap_write_lock(c, mm);
    yield* mmap_write_unlock(c, mm);
  }
}

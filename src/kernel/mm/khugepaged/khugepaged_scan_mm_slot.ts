// SPDX-License-Identifier: GPL-2.0-only
/**
 * Goes on where the cursor stands, to the end of its mm at most. Linux v6.6: mm/khugepaged.c, khugepaged_scan_mm_slot(), collect_mm_slot().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { fput, get_file } from '../../fs/file_table/fput.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_trylock, mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { mmdrop } from '../../kernel/fork/mmput.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { hugepage_vma_check } from '../huge_memory/hugepage_vma_check.ts';
import { find_vma, vma_is_anonymous } from '../mmap/find_vma.ts';
import { kmem_cache_free } from '../slub/kmem_cache_alloc.ts';
import type { collapse_control } from './collapse_control.ts';
import { collapse_pte_mapped_thp } from './collapse_pte_mapped_thp.ts';
import { find_pmd_or_thp_or_none, hpage_collapse_test_exit } from './find_pmd.ts';
import { hpage_collapse_scan_file } from './hpage_collapse_scan_file.ts';
import { hpage_collapse_scan_pmd } from './hpage_collapse_scan_pmd.ts';
import {
  khugepaged_mm_slot,
  khugepaged_read,
  khugepaged_state,
  khugepaged_var,
  khugepaged_write,
  mm_slot_cache,
  mm_slot_del,
  mm_slot_next,
} from './khugepaged_scan.ts';
import { khugepaged_add_pte_mapped_thp, khugepaged_collapse_pte_mapped_thps } from './pte_mapped_thp.ts';
import { SCAN_FAIL, SCAN_PMD_MAPPED, SCAN_PTE_MAPPED_HUGEPAGE, SCAN_SUCCEED } from './scan_result.ts';

/** A walk over an mm: what has been done, and whether it is over. */
interface Walk {
  readonly cc: collapse_control;
  readonly mm: Ptr;
  readonly pages: number;
  progress: number;
  result: number;
  /** Is mmap_lock held? */
  locked: boolean;
}

/** khugepaged_mm_lock is held, but not throughout. @returns how many pages were looked at; the result code of the last range is in c.out */
export function* khugepaged_scan_mm_slot(c: Vcpu, pages: number, cc: collapse_control): Code<number> {
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  let slot = khugepaged_read(c, khugepaged_state.mm_slot) as Ptr;
  if (slot === NULL) {
    slot = mm_slot_next(c, NULL);
    khugepaged_write(c, khugepaged_state.address, 0);
    khugepaged_write(c, khugepaged_state.mm_slot, slot);
  }
  yield* spin_unlock(c, lock);
  if (!since(c, 'd50791c2bee9')) yield* khugepaged_collapse_pte_mapped_thps(c, slot);
  const mm = peek(c, at(slot, khugepaged_mm_slot.mm)) as Ptr;
  const w: Walk = { cc, mm, pages, progress: 0, result: SCAN_FAIL, locked: false };
  let at_end = true;
  // No waiting: another mm will do.
  if (yield* mmap_read_trylock(c, mm)) {
    w.locked = true;
    w.progress++;
    at_end = yield* scan_vmas(c, w);
    if (w.locked) yield* mmap_read_unlock(c, mm); // exit_mmap() takes the page tables away after this
  }
  yield* spin_lock(c, lock);
  if (at_end || (yield* hpage_collapse_test_exit(c, mm))) yield* next_slot(c, slot);
  c.out = w.result;
  return w.progress;
}

/** The slot's exit finds either the cursor elsewhere, or waits. With khugepaged_mm_lock held. */
function* next_slot(c: Vcpu, slot: Ptr): Code {
  const next = mm_slot_next(c, slot);
  khugepaged_write(c, khugepaged_state.mm_slot, next);
  if (next !== NULL) khugepaged_write(c, khugepaged_state.address, 0);
  else khugepaged_write(c, khugepaged_state.full_scans, khugepaged_read(c, khugepaged_state.full_scans) + 1);
  yield* collect_mm_slot(c, slot);
}

/** The mm has exited, and nobody else will take its slot away. With khugepaged_mm_lock held. */
export function* collect_mm_slot(c: Vcpu, slot: Ptr): Code {
  const mm = peek(c, at(slot, khugepaged_mm_slot.mm)) as Ptr;
  if (!(yield* hpage_collapse_test_exit(c, mm))) return;
  yield* mm_slot_del(c, slot);
  yield* kmem_cache_free(c, mm_slot_cache, slot);
  yield* mmdrop(c, mm);
}

/** @returns whether every VMA has been seen, so that the next mm is due */
function* scan_vmas(c: Vcpu, w: Walk): Code<boolean> {
  if (yield* hpage_collapse_test_exit(c, w.mm)) return true;
  let vma = find_vma(c, w.mm, khugepaged_read(c, khugepaged_state.address));
  while (vma !== NULL) {
    yield* cond_resched(c);
    if (yield* hpage_collapse_test_exit(c, w.mm)) {
      w.progress++;
      return true;
    }
    if (yield* eligible(c, vma)) {
      if (yield* scan_vma(c, w, vma)) return false;
    } else w.progress++;
    vma = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  }
  return true;
}

const round_up = (address: number): number => Math.ceil(address / HPAGE_PMD_SIZE) * HPAGE_PMD_SIZE;
const round_down = (address: number): number => address - (address % HPAGE_PMD_SIZE);

/** May the VMA have huge pages, behind the cursor? Then the cursor moves to its first one. */
function* eligible(c: Vcpu, vma: Ptr): Code<boolean> {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (!(yield* hugepage_vma_check(c, vma, vm_flags, false, false, true))) return false;
  const hstart = round_up(peek(c, at(vma, vm_area_struct.vm_start)));
  const address = khugepaged_read(c, khugepaged_state.address);
  if (address > round_down(peek(c, at(vma, vm_area_struct.vm_end)))) return false;
  if (address < hstart) khugepaged_write(c, khugepaged_state.address, hstart);
  return true;
}

/** @returns whether the walk is over for now: enough has been done, the lock was dropped, or the mm exits */
function* scan_vma(c: Vcpu, w: Walk, vma: Ptr): Code<boolean> {
  const hend = round_down(peek(c, at(vma, vm_area_struct.vm_end)));
  for (let address = khugepaged_read(c, khugepaged_state.address); address < hend; address += HPAGE_PMD_SIZE) {
    yield* cond_resched(c);
    if (yield* hpage_collapse_test_exit(c, w.mm)) return true;
    if (vma_is_anonymous(c, vma)) {
      w.result = yield* hpage_collapse_scan_pmd(c, w.mm, vma, address, w.cc);
      w.locked = c.out === 1;
    } else if (!(yield* scan_file_range(c, w, vma, address))) return true;
    if (w.result === SCAN_SUCCEED) {
      khugepaged_write(c, khugepaged_state.pages_collapsed, khugepaged_read(c, khugepaged_state.pages_collapsed) + 1);
    }
    khugepaged_write(c, khugepaged_state.address, address + HPAGE_PMD_SIZE);
    w.progress += HPAGE_PMD_NR;
    // Every huge page is allocated without the lock, so a failed allocation ends the walk here too.
    if (!w.locked || w.progress >= w.pages) return true;
  }
  return false;
}

/** Without mmap_lock. @returns false if the mm exits */
function* scan_file_range(c: Vcpu, w: Walk, vma: Ptr, address: number): Code<boolean> {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const pgoff = linear_page_index(c, vma, address);
  yield* get_file(c, file);
  yield* mmap_read_unlock(c, w.mm);
  w.locked = false;
  w.result = yield* hpage_collapse_scan_file(c, w.mm, address, file, pgoff, w.cc);
  yield* fput(c, file);
  if (w.result !== SCAN_PTE_MAPPED_HUGEPAGE) return true;
  if (!since(c, 'd50791c2bee9')) {
    yield* remember_table(c, w, address);
    return true;
  }
  yield* mmap_read_lock(c, w.mm);
  w.locked = true;
  if (yield* hpage_collapse_test_exit(c, w.mm)) return false;
  w.result = yield* collapse_pte_mapped_thp(c, w.mm, address, false);
  if (w.result === SCAN_PMD_MAPPED) w.result = SCAN_SUCCEED;
  yield* mmap_read_unlock(c, w.mm);
  w.locked = false;
  return true;
}

/** Up to v6.5: for the next look at the mm, and counted as collapsed if there was room to remember it. */
function* remember_table(c: Vcpu, w: Walk, address: number): Code {
  w.result = yield* find_pmd_or_thp_or_none(c, w.mm, address);
  if (w.result === SCAN_SUCCEED && !(yield* khugepaged_add_pte_mapped_thp(c, w.mm, address))) w.result = SCAN_PTE_MAPPED_HUGEPAGE;
}

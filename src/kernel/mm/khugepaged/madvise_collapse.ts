// SPDX-License-Identifier: GPL-2.0-only
/** MADV_COLLAPSE. Linux v6.6: mm/khugepaged.c, madvise_collapse(), madvise_collapse_errno(). */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { fput, get_file } from '../../fs/file_table/fput.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock, mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { EAGAIN, EBUSY, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { mmdrop, mmgrab } from '../../kernel/fork/mmput.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { hugepage_vma_check } from '../huge_memory/hugepage_vma_check.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { lru_add_drain_all } from '../swap/lru_add_drain.ts';
import { madvise_collapse_control } from './collapse_control.ts';
import { collapse_pte_mapped_thp } from './collapse_pte_mapped_thp.ts';
import { hpage_collapse_scan_file } from './hpage_collapse_scan_file.ts';
import { hpage_collapse_scan_pmd } from './hpage_collapse_scan_pmd.ts';
import { hugepage_vma_revalidate } from './hugepage_vma_revalidate.ts';
import {
  SCAN_ALLOC_HUGE_PAGE_FAIL,
  SCAN_CGROUP_CHARGE_FAIL,
  SCAN_DEL_PAGE_LRU,
  SCAN_EXCEED_NONE_PTE,
  SCAN_FAIL,
  SCAN_LACK_REFERENCED_PAGE,
  SCAN_PAGE_COMPOUND,
  SCAN_PAGE_COUNT,
  SCAN_PAGE_FILLED,
  SCAN_PAGE_LOCK,
  SCAN_PAGE_LRU,
  SCAN_PAGE_NULL,
  SCAN_PAGE_RO,
  SCAN_PMD_MAPPED,
  SCAN_PMD_NULL,
  SCAN_PTE_MAPPED_HUGEPAGE,
  SCAN_PTE_NON_PRESENT,
  SCAN_PTE_UFFD_WP,
  SCAN_SUCCEED,
} from './scan_result.ts';

/** What a caller can make of a failure. v6.1 had EBUSY for charges only. */
export function madvise_collapse_errno(c: Vcpu, result: number): number {
  switch (result) {
    case SCAN_ALLOC_HUGE_PAGE_FAIL:
      return -ENOMEM;
    case SCAN_CGROUP_CHARGE_FAIL:
      return -EBUSY;
    case SCAN_EXCEED_NONE_PTE:
      return since(c, 'ac492b9c70ca') ? -EBUSY : -EINVAL;
    // It may work the next time.
    case SCAN_PAGE_COUNT:
    case SCAN_PAGE_LOCK:
    case SCAN_PAGE_LRU:
    case SCAN_DEL_PAGE_LRU:
    case SCAN_PAGE_FILLED:
      return -EAGAIN;
    default:
      return -EINVAL;
  }
}

/** May the next range succeed where this one has not? */
function goes_on(result: number): boolean {
  switch (result) {
    case SCAN_PMD_NULL:
    case SCAN_PTE_NON_PRESENT:
    case SCAN_PTE_UFFD_WP:
    case SCAN_PAGE_RO:
    case SCAN_LACK_REFERENCED_PAGE:
    case SCAN_PAGE_NULL:
    case SCAN_PAGE_COUNT:
    case SCAN_PAGE_LOCK:
    case SCAN_PAGE_COMPOUND:
    case SCAN_PAGE_LRU:
    case SCAN_DEL_PAGE_LRU:
      return true;
    default:
      return false;
  }
}

/** mmap_lock is held for reading, also on return. @returns 0 or a negative errno; c.out is 1 if the lock was dropped meanwhile (*prev == NULL) */
export function* madvise_collapse(c: Vcpu, first: Ptr, start: number, end: number): Code<number> {
  c.out = 0;
  const vm_flags = peek(c, at(first, vm_area_struct.vm_flags));
  if (!(yield* hugepage_vma_check(c, first, vm_flags, false, false, false))) return -EINVAL;
  const mm = peek(c, at(first, vm_area_struct.vm_mm)) as Ptr;
  yield* mmgrab(c, mm);
  yield* lru_add_drain_all(c);
  const hstart = Math.ceil(start / HPAGE_PMD_SIZE) * HPAGE_PMD_SIZE;
  let hend = end - (end % HPAGE_PMD_SIZE);
  let vma = first;
  let thps = 0;
  let last_fail = SCAN_FAIL;
  let locked = true;
  let dropped = 0;
  for (let addr = hstart; addr < hend; addr += HPAGE_PMD_SIZE) {
    if (!locked) {
      yield* cond_resched(c);
      yield* mmap_read_lock(c, mm);
      locked = true;
      const valid = yield* hugepage_vma_revalidate(c, mm, addr, false, madvise_collapse_control);
      if (valid !== SCAN_SUCCEED) {
        last_fail = valid;
        break;
      }
      vma = c.out as Ptr;
      const vm_end = peek(c, at(vma, vm_area_struct.vm_end));
      hend = Math.min(hend, vm_end - (vm_end % HPAGE_PMD_SIZE));
    }
    const result = yield* collapse_range(c, mm, vma, addr);
    locked = c.out === 1;
    if (!locked) dropped = 1;
    if (result === SCAN_SUCCEED || result === SCAN_PMD_MAPPED) thps++;
    else {
      last_fail = result;
      if (!goes_on(result)) break;
    }
  }
  if (!locked) yield* mmap_read_lock(c, mm);
  yield* mmdrop(c, mm);
  c.out = dropped;
  return thps === (hend - hstart) / HPAGE_PMD_SIZE ? 0 : madvise_collapse_errno(c, last_fail);
}

/** @returns a result code; c.out is 1 if mmap_lock is still held, 0 if it was dropped */
function* collapse_range(c: Vcpu, mm: Ptr, vma: Ptr, addr: number): Code<number> {
  if (vma_is_anonymous(c, vma)) return yield* hpage_collapse_scan_pmd(c, mm, vma, addr, madvise_collapse_control);
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const pgoff = linear_page_index(c, vma, addr);
  yield* get_file(c, file);
  yield* mmap_read_unlock(c, mm);
  let result = yield* hpage_collapse_scan_file(c, mm, addr, file, pgoff, madvise_collapse_control);
  yield* fput(c, file);
  if (result === SCAN_PTE_MAPPED_HUGEPAGE) result = yield* collapse_mapped(c, mm, addr);
  c.out = 0;
  return result;
}

/** 1043173eb5eb: for reading will do. */
function* collapse_mapped(c: Vcpu, mm: Ptr, addr: number): Code<number> {
  if (since(c, '1043173eb5eb')) {
    yield* mmap_read_lock(c, mm);
    const result = yield* collapse_pte_mapped_thp(c, mm, addr, true);
    yield* mmap_read_unlock(c, mm);
    return result;
  }
  yield* mmap_write_lock(c, mm);
  const result = yield* collapse_pte_mapped_thp(c, mm, addr, true);
  yield* mmap_write_unlock(c, mm);
  return result;
}

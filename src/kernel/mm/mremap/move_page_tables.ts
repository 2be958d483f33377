// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables move with a mapping. Linux v6.6: mm/mremap.c, move_page_tables(), get_extent(), get_old_pmd(), alloc_new_pmd().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { split_huge_pmd } from '../huge_memory/__split_huge_pmd.ts';
import { move_huge_pmd } from '../huge_memory/move_huge_pmd.ts';
import { pmd_alloc, pte_alloc } from '../memory/pte_alloc.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { move_normal_pmd, move_normal_pud, PUD_SIZE, pud_offset } from './move_normal_pmd.ts';
import { drop_rmap_locks, move_ptes, take_rmap_locks } from './move_ptes.ts';

/** How far both ranges stay within one entry of this size. */
function get_extent(size: number, old_addr: number, old_end: number, new_addr: number): number {
  const left = size - (old_addr % size);
  return Math.min(left, old_end - old_addr, size - (new_addr % size));
}

/** The caller holds mmap_lock for writing. @returns how many bytes have moved: fewer than `len` without memory */
export function* move_page_tables(
  c: Vcpu,
  vma: Ptr,
  old_start: number,
  new_start: number,
  len: number,
  need_rmap_locks: boolean,
): Code<number> {
  if (len === 0) return 0;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const old_end = old_start + len;
  yield* mmu_notifier_invalidate_range_start(c, mm, old_start, old_end);
  let done = 0;
  while (done < len) {
    yield* cond_resched(c);
    const old_addr = old_start + done;
    const new_addr = new_start + done;
    const gigabyte = get_extent(PUD_SIZE, old_addr, old_end, new_addr);
    const old_pud = pud_offset(c, mm, old_addr);
    if (pmd_none(yield* ptep_get(c, old_pud))) {
      done += gigabyte;
      continue;
    }
    if (gigabyte === PUD_SIZE && (yield* move_pud(c, vma, old_addr, old_pud, pud_offset(c, mm, new_addr)))) {
      done += gigabyte;
      continue;
    }
    const extent = get_extent(PMD_SIZE, old_addr, old_end, new_addr);
    const old_pmd = mm_find_pmd(c, mm, old_addr);
    if (old_pmd !== NULL && !pmd_none(yield* ptep_get(c, old_pmd))) {
      const new_pmd = yield* pmd_alloc(c, mm, new_addr);
      if (new_pmd === NULL) break;
      if (!(yield* move_pmd(c, vma, old_pmd, old_addr, new_pmd, new_addr, extent, need_rmap_locks))) break;
    }
    done += extent;
  }
  yield* mmu_notifier_invalidate_range_end(c, mm, old_start, old_end);
  return done;
}

function* move_pud(c: Vcpu, vma: Ptr, old_addr: number, old_pud: Ptr, new_pud: Ptr): Code<boolean> {
  yield* take_rmap_locks(c, vma);
  const moved = yield* move_normal_pud(c, vma, old_addr, old_pud, new_pud);
  yield* drop_rmap_locks(c, vma);
  return moved;
}

/** What one pmd maps, or a part of it. @returns whether there was memory */
function* move_pmd(
  c: Vcpu,
  vma: Ptr,
  old_pmd: Ptr,
  old_addr: number,
  new_pmd: Ptr,
  new_addr: number,
  extent: number,
  need_rmap_locks: boolean,
): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  for (;;) {
    if (pmd_trans_huge(yield* ptep_get(c, old_pmd))) {
      if (extent === PMD_SIZE && (yield* move_huge(c, vma, old_addr, new_addr, old_pmd, new_pmd, need_rmap_locks))) return true;
      yield* split_huge_pmd(c, vma, old_pmd, old_addr);
    } else if (extent === PMD_SIZE) {
      // Always with the rmap locks: a walk would find the pages in neither place.
      yield* take_rmap_locks(c, vma);
      const moved = yield* move_normal_pmd(c, vma, old_addr, new_addr, old_pmd, new_pmd);
      yield* drop_rmap_locks(c, vma);
      if (moved) return true;
    }
    if (pmd_none(yield* ptep_get(c, old_pmd))) return true;
    if (yield* pte_alloc(c, mm, new_pmd)) return false;
    if ((yield* move_ptes(c, vma, old_pmd, old_addr, old_addr + extent, new_pmd, new_addr, need_rmap_locks)) === 0) return true;
  }
}

function* move_huge(
  c: Vcpu,
  vma: Ptr,
  old_addr: number,
  new_addr: number,
  old_pmd: Ptr,
  new_pmd: Ptr,
  need_rmap_locks: boolean,
): Code<boolean> {
  if (need_rmap_locks) yield* take_rmap_locks(c, vma);
  const moved = yield* move_huge_pmd(c, vma, old_addr, new_addr, old_pmd, new_pmd);
  if (need_rmap_locks) yield* drop_rmap_locks(c, vma);
  return moved;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The entries of a page table move to another. Linux v6.6: mm/mremap.c, move_ptes(), take_rmap_locks(), drop_rmap_locks().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get_and_clear, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_none, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { flush_tlb_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { EAGAIN } from '../../include/uapi/asm-generic/errno.ts';
import { spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_write, i_mmap_unlock_write } from '../interval_tree/i_mmap.ts';
import { pte_offset_map_lock, pte_offset_map_nolock, pte_unmap, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { flush_tlb_batched_pending } from '../rmap/try_to_unmap_flush.ts';

export const mremap_flush = guard('mremap-flush', 'the TLB flush in move_ptes() before the page-table locks are dropped', 'mm/mremap.c');
export const mremap_rmap_locks = guard(
  'mremap-rmap-locks',
  'the rmap locks around a move that a walk could miss the pages of, or see twice',
  'mm/mremap.c',
);

/** No rmap walk is in the VMA while they are held. */
export function* take_rmap_locks(c: Vcpu, vma: Ptr): Code {
  if (!on(c, mremap_rmap_locks)) return;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  if (file !== NULL) yield* i_mmap_lock_write(c, file_mapping(c, file));
  if (anon_vma !== NULL) yield* anon_vma_lock_write(c, anon_vma);
}

export function* drop_rmap_locks(c: Vcpu, vma: Ptr): Code {
  if (!on(c, mremap_rmap_locks)) return;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  if (anon_vma !== NULL) yield* anon_vma_unlock_write(c, anon_vma);
  if (file !== NULL) yield* i_mmap_unlock_write(c, file_mapping(c, file));
}

/** @returns 0, or -EAGAIN: one of the tables is gone */
export function* move_ptes(
  c: Vcpu,
  vma: Ptr,
  old_pmd: Ptr,
  old_addr: number,
  old_end: number,
  new_pmd: Ptr,
  new_addr: number,
  need_rmap_locks: boolean,
): Code<number> {
  if (need_rmap_locks) yield* take_rmap_locks(c, vma);
  const err = yield* move_locked(c, vma, old_pmd, old_addr, old_end, new_pmd, new_addr);
  if (need_rmap_locks) yield* drop_rmap_locks(c, vma);
  return err;
}

function* move_locked(c: Vcpu, vma: Ptr, old_pmd: Ptr, old_addr: number, old_end: number, new_pmd: Ptr, new_addr: number): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  let old_pte = yield* pte_offset_map_lock(c, mm, old_pmd, old_addr);
  if (old_pte === NULL) return -EAGAIN;
  const old_ptl = c.out as Ptr;
  let new_pte = yield* pte_offset_map_nolock(c, mm, new_pmd, new_addr);
  if (new_pte === NULL) {
    yield* pte_unmap_unlock(c, old_ptl);
    return -EAGAIN;
  }
  const new_ptl = c.out as Ptr;
  if (new_ptl !== old_ptl) yield* spin_lock_nested(c, new_ptl, 1);
  yield* flush_tlb_batched_pending(c, mm);
  let force_flush = false;
  for (let addr = old_addr; addr < old_end; addr += PAGE_SIZE) {
    const there = yield* ptep_get(c, old_pte);
    if (!pte_none(there, c.hi)) {
      const lo = yield* ptep_get_and_clear(c, mm, addr, old_pte);
      const { hi } = c;
      // Who still has the old translation writes to the page as long as nobody has flushed it: not past these locks (eb66ae030829).
      if (pte_present(lo)) force_flush = true;
      yield* set_pte_at(c, mm, new_addr + (addr - old_addr), new_pte, lo, hi);
    }
    old_pte = at(old_pte, 2);
    new_pte = at(new_pte, 2);
  }
  if (force_flush && on(c, mremap_flush)) yield* flush_tlb_range(c, vma, old_addr, old_end);
  if (new_ptl !== old_ptl) yield* spin_unlock(c, new_ptl);
  yield* pte_unmap(c);
  yield* pte_unmap_unlock(c, old_ptl);
  return 0;
}

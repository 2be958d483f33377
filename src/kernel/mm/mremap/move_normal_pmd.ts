// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whole page tables, and whole page directories, move with their mapping. Linux v6.6: mm/mremap.c, move_normal_pmd(), move_normal_pud(),
 * move_pgt_entry().
 *
 * *old_pmd is not looked at again under its lock: that a table may have been retracted meanwhile is a bug of v6.6 (6fa1066fc5d0).
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { entryPfn } from '../../../../mmu/entry.ts';
import { PTE_TABLE, setFrame } from '../../../../mmu/frames.ts';
import { frameOfSlot, slotOf } from '../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { pmd_clear, pmd_val } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_set_pmd, ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { flush_tlb_mm, flush_tlb_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { pmd_lock, pmd_lockptr } from '../../include/linux/mm.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { spin_lock, spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';

export const PUD_SIZE = 0x40000000;

/** The entry of the page directory pointer table that an address uses. */
export function pud_offset(c: Vcpu, mm: Ptr, address: number): Ptr {
  const { mem } = c.m;
  return at(frameOfSlot(mem, slotOf(mem, peek(c, at(mm, mm_struct.pgd)) as Pfn)), (address >>> 30) * 2);
}

/** The caller holds the rmap locks. @returns whether it moved: not where there is something already */
export function* move_normal_pmd(c: Vcpu, vma: Ptr, old_addr: number, new_addr: number, old_pmd: Ptr, new_pmd: Ptr): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (!pmd_none(yield* ptep_get(c, new_pmd))) return false;
  const old_ptl = yield* pmd_lock(c, mm, old_pmd);
  const new_ptl = pmd_lockptr(c, mm, new_pmd);
  if (new_ptl !== old_ptl) yield* spin_lock_nested(c, new_ptl, 1);
  const lo = pmd_val(c, old_pmd);
  const { hi } = c;
  yield* pmd_clear(c, old_pmd);
  yield* native_set_pmd(c, new_pmd, lo, hi);
  const slot = slotOf(c.m.mem, entryPfn(lo, hi));
  if (slot >= 0) setFrame(c.m.mem, slot, PTE_TABLE, mm, new_addr); // what reports call it
  yield* flush_tlb_range(c, vma, old_addr, old_addr + PMD_SIZE);
  if (new_ptl !== old_ptl) yield* spin_unlock(c, new_ptl);
  yield* spin_unlock(c, old_ptl);
  return true;
}

/**
 * The processor has its four top entries in registers: only a new CR3 makes it see the move, and so far a range is always flushed whole.
 * The caller holds the rmap locks. @returns whether it moved: a page directory is there from the start, unless its range was unmapped once
 */
export function* move_normal_pud(c: Vcpu, vma: Ptr, old_addr: number, old_pud: Ptr, new_pud: Ptr): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (!pmd_none(yield* ptep_get(c, new_pud))) return false;
  const ptl = at(mm, mm_struct.page_table_lock); // of both: there are no split locks at this level
  yield* spin_lock(c, ptl);
  const lo = pmd_val(c, old_pud);
  const { hi } = c;
  yield* native_set_pmd(c, old_pud, 0, 0);
  yield* native_set_pmd(c, new_pud, lo, hi);
  yield* flush_tlb_mm(c, mm); // pud_populate()
  yield* flush_tlb_range(c, vma, old_addr, old_addr + PUD_SIZE);
  yield* spin_unlock(c, ptl);
  return true;
}

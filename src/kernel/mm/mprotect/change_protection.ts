// SPDX-License-Identifier: GPL-2.0-only
/**
 * New protection for what is mapped. Linux v6.6: mm/mprotect.c, change_protection(), change_protection_range(), change_pmd_range(),
 * change_pmd_prepare().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { type mmu_gather, tlb_end_vma, tlb_start_vma } from '../../include/asm-generic/tlb.ts';
import { MM_CP_UFFD_WP } from '../../include/linux/mm/mm_cp.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { __split_huge_pmd } from '../huge_memory/__split_huge_pmd.ts';
import { change_huge_pmd } from '../huge_memory/change_huge_pmd.ts';
import { pmd_alloc, pte_alloc } from '../memory/pte_alloc.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { change_pte_range } from './change_pte_range.ts';

/** The protection is the VMA's. @returns how many pages have changed, or -ENOMEM */
export function* change_protection(c: Vcpu, tlb: mmu_gather, vma: Ptr, start: number, end: number, cp_flags: number): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  // A file's page may be protected before it is mapped: a marker in its place says so.
  const prepare = (cp_flags & MM_CP_UFFD_WP) !== 0 && !vma_is_anonymous(c, vma);
  let told = -1;
  let pages = 0;
  tlb_start_vma(c, tlb, vma);
  for (let addr = start; addr < end && pages >= 0; addr = pmd_addr_end(addr, end)) {
    const pmd = prepare ? yield* pmd_alloc(c, mm, addr) : mm_find_pmd(c, mm, addr);
    if (prepare && (pmd === NULL || (yield* pte_alloc(c, mm, pmd)))) return -ENOMEM;
    if (pmd === NULL || pmd_none(yield* pmdp_get_lockless(c, pmd))) continue;
    if (told < 0) {
      told = addr;
      yield* mmu_notifier_invalidate_range_start(c, mm, told, end);
    }
    pages += yield* change_pmd(c, tlb, mm, vma, pmd, addr, pmd_addr_end(addr, end), prepare, cp_flags);
    yield* cond_resched(c);
  }
  if (told >= 0) yield* mmu_notifier_invalidate_range_end(c, mm, told, end);
  tlb_end_vma(c, tlb, vma);
  return pages;
}

/** One pmd, again until nobody has changed it meanwhile. */
function* change_pmd(
  c: Vcpu,
  tlb: mmu_gather,
  mm: Ptr,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  next: number,
  prepare: boolean,
  cp_flags: number,
): Code<number> {
  const protLo = peek(c, at(vma, vm_area_struct.vm_page_prot));
  const protHi = peek(c, at(vma, vm_area_struct.vm_page_prot + 1));
  for (;;) {
    const lo = yield* pmdp_get_lockless(c, pmd);
    if (pmd_none(lo)) return 0;
    if (pmd_trans_huge(lo)) {
      if (next - addr !== HPAGE_PMD_SIZE || prepare) {
        yield* __split_huge_pmd(c, vma, pmd, addr, false, NULL);
        if (prepare && (yield* pte_alloc(c, mm, pmd))) return 0;
      } else {
        const changed = yield* change_huge_pmd(c, tlb, vma, pmd, addr, protLo, protHi, cp_flags);
        if (changed !== 0) return changed === HPAGE_PMD_NR ? HPAGE_PMD_NR : 0;
      }
    }
    const changed = yield* change_pte_range(c, tlb, vma, pmd, addr, next, protLo, protHi, cp_flags);
    if (changed >= 0) return changed;
  }
}

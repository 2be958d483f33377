// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages for user memory. Linux v6.6: include/linux/gfp.h, alloc_page_vma(), vma_alloc_folio(); arch/x86/include/asm/page.h,
 * vma_alloc_zeroed_movable_folio(); include/linux/mm.h, maybe_mkwrite().
 */
import { peek } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { pte_mkwrite } from '../../../arch/x86/include/asm/pgtable.ts';
import { alloc_page } from '../../../mm/page_alloc/__alloc_pages.ts';
import { at } from '../../../struct.ts';
import { __GFP_ZERO, GFP_HIGHUSER_MOVABLE } from '../gfp.ts';
import { vm_area_struct } from '../mm_types.ts';
import { VM_MAYWRITE, VM_SHARED, VM_WRITE } from './vm_flags.ts';

export function* alloc_page_vma(c: Vcpu, gfp: number, _vma: Ptr, _addr: number): Code<Ptr> {
  return yield* alloc_page(c, gfp);
}

export function* vma_alloc_zeroed_movable_folio(c: Vcpu, _vma: Ptr, _addr: number): Code<Ptr> {
  return yield* alloc_page(c, GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
}

/** A page of a VMA that may be written to is writable at once when it is written to. @param lo low word of the entry */
export const maybe_mkwrite = (c: Vcpu, lo: number, vma: Ptr): number =>
  (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_WRITE) !== 0 ? pte_mkwrite(lo) : lo;

/** Private, and possibly written to: pages are copied on write. Linux v6.6: include/linux/mm.h. */
export const is_cow_mapping = (vm_flags: number): boolean => (vm_flags & (VM_SHARED | VM_MAYWRITE)) === VM_MAYWRITE;

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where a VMA maps a page, and which page it maps where. Linux v6.6: mm/internal.h, vma_address(), vma_address_end(); include/linux/pagemap.h,
 * page_to_pgoff().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head, folio_nr_pages, folio_page_idx } from '../../include/linux/mm/page.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import type { page_vma_mapped_walk } from '../../include/linux/rmap.ts';
import { EFAULT } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';

/** Offset of a page, also of a tail, in its file or in the numbering of anonymous memory. */
export function* page_to_pgoff(c: Vcpu, page: Ptr): Code<number> {
  const head = yield* compound_head(c, page);
  return peek(c, at(head, struct_page.index)) + folio_page_idx(c, head, page);
}

/** Address of the first of `nr_pages` pages from `pgoff` on that the VMA maps, or -EFAULT. */
export function vma_pgoff_address(c: Vcpu, pgoff: number, nr_pages: number, vma: Ptr): number {
  const vm_pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff));
  const vm_start = peek(c, at(vma, vm_area_struct.vm_start));
  if (pgoff >= vm_pgoff) {
    const address = vm_start + (pgoff - vm_pgoff) * 4096;
    return address >= peek(c, at(vma, vm_area_struct.vm_end)) ? -EFAULT : address;
  }
  return pgoff + nr_pages - 1 >= vm_pgoff ? vm_start : -EFAULT;
}

/** Of a page or, given its head, of a folio. */
export function* vma_address(c: Vcpu, page: Ptr, vma: Ptr): Code<number> {
  const pgoff = yield* page_to_pgoff(c, page);
  return vma_pgoff_address(c, pgoff, (yield* compound_head(c, page)) === page ? folio_nr_pages(c, page) : 1, vma);
}

/** One past the last address at which the walk may find its pages. */
export function vma_address_end(c: Vcpu, pvmw: page_vma_mapped_walk): number {
  if (pvmw.nr_pages === 1) return pvmw.address + 4096;
  const { vma } = pvmw;
  const pages = pvmw.pgoff + pvmw.nr_pages - peek(c, at(vma, vm_area_struct.vm_pgoff));
  return Math.min(peek(c, at(vma, vm_area_struct.vm_start)) + pages * 4096, peek(c, at(vma, vm_area_struct.vm_end)));
}

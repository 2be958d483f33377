// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages of a file are unmapped from every process, on any CPU, with i_mmap_rwsem and no mmap lock.
 * Linux v6.6: mm/memory.c, unmap_mapping_folio(), unmap_mapping_pages(), unmap_mapping_range(), unmap_mapping_range_tree().
 */

import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { folio_nr_pages } from '../../include/linux/mm/page.ts';
import type { zap_details } from '../../include/linux/mm/vm_fault.ts';
import { address_space, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_read, i_mmap_unlock_read } from '../interval_tree/i_mmap.ts';
import { vma_pages } from '../mmap/find_vma.ts';
import { zap_page_range_single } from './unmap_vmas.ts';

const ALL = 0xffffffff;

/** @param nr 0: to the end */
export function* unmap_mapping_pages(c: Vcpu, mapping: Ptr, start: number, nr: number, even_cows: boolean): Code {
  const last = nr === 0 ? ALL : start + nr - 1;
  yield* unmap_mapping_range_tree(c, mapping, start, last, { single_folio: NULL, even_cows });
}

/** In bytes. @param holelen 0: to the end */
export function* unmap_mapping_range(c: Vcpu, mapping: Ptr, holebegin: number, holelen: number, even_cows: boolean): Code {
  yield* unmap_mapping_pages(c, mapping, Math.floor(holebegin / PAGE_SIZE), Math.ceil(holelen / PAGE_SIZE), even_cows);
}

/** The folio is locked, so that no new mapping of it comes. */
export function* unmap_mapping_folio(c: Vcpu, folio: Ptr): Code {
  const first = peek(c, at(folio, struct_page.index));
  const mapping = peek(c, at(folio, struct_page.mapping)) as Ptr;
  const last = first + folio_nr_pages(c, folio) - 1;
  yield* unmap_mapping_range_tree(c, mapping, first, last, { single_folio: folio, even_cows: false });
}

function* unmap_mapping_range_tree(c: Vcpu, mapping: Ptr, first: number, last: number, details: zap_details): Code {
  yield* i_mmap_lock_read(c, mapping);
  let vma = peek(c, at(mapping, address_space.i_mmap)) as Ptr;
  for (; vma !== NULL; vma = peek(c, at(vma, vm_area_struct.shared_next)) as Ptr) {
    const vba = peek(c, at(vma, vm_area_struct.vm_pgoff));
    const vea = vba + vma_pages(c, vma) - 1;
    const zba = Math.max(first, vba);
    const zea = Math.min(last, vea);
    if (zba > zea) continue;
    const start = peek(c, at(vma, vm_area_struct.vm_start)) + (zba - vba) * PAGE_SIZE;
    yield* zap_page_range_single(c, vma, start, (zea - zba + 1) * PAGE_SIZE, details);
  }
  yield* i_mmap_unlock_read(c, mapping);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a file system does for the VMAs that map its files. Linux v6.6: include/linux/mm.h, struct vm_operations_struct; mm/shmem.c, shmem_vm_ops;
 * mm/filemap.c, generic_file_vm_ops.
 *
 * vma->vm_ops is a number, of fs.ts: 0 is anonymous memory.
 */

import { peek } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { filemap_fault } from '../../../mm/filemap/filemap_fault.ts';
import { filemap_map_pages } from '../../../mm/filemap/filemap_map_pages.ts';
import { folio_lock, folio_unlock } from '../../../mm/filemap/folio_lock.ts';
import { folio_mark_dirty } from '../../../mm/page-writeback/folio_mark_dirty.ts';
import { shmem_fault } from '../../../mm/shmem/shmem_fault.ts';
import { at } from '../../../struct.ts';
import { generic_file_vm_ops } from '../fs.ts';
import { file, page as struct_page, vm_area_struct } from '../mm_types.ts';
import { vma_is_shmem } from '../shmem_fs.ts';
import { page_folio } from './page.ts';
import { VM_FAULT_LOCKED, VM_FAULT_NOPAGE, type vm_fault } from './vm_fault.ts';

const vm_opsOf = (c: Vcpu, vma: Ptr): number => peek(c, at(vma, vm_area_struct.vm_ops));

/** ->fault: the page comes back in vmf.page. */
export function* vm_ops_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  return vma_is_shmem(c, vmf.vma) ? yield* shmem_fault(c, vmf) : yield* filemap_fault(c, vmf);
}

export const has_map_pages = (c: Vcpu, vma: Ptr): boolean => vm_opsOf(c, vma) !== 0;

/** ->map_pages. */
export function* vm_ops_map_pages(c: Vcpu, vmf: vm_fault, start_pgoff: number, end_pgoff: number): Code<number> {
  return yield* filemap_map_pages(c, vmf, start_pgoff, end_pgoff);
}

/** shmem has no ->page_mkwrite. */
export const has_page_mkwrite = (c: Vcpu, vma: Ptr): boolean => vm_opsOf(c, vma) === generic_file_vm_ops;

/** ->page_mkwrite: filemap_page_mkwrite() of mm/filemap.c. @returns VM_FAULT_LOCKED, or VM_FAULT_NOPAGE where the page has been truncated */
export function* vm_ops_page_mkwrite(c: Vcpu, vmf: vm_fault): Code<number> {
  const folio = yield* page_folio(c, vmf.page);
  yield* folio_lock(c, folio);
  if (peek(c, at(folio, struct_page.mapping)) !== peek(c, at(peek(c, at(vmf.vma, vm_area_struct.vm_file)) as Ptr, file.f_mapping))) {
    yield* folio_unlock(c, folio);
    return VM_FAULT_NOPAGE;
  }
  yield* folio_mark_dirty(c, folio);
  return VM_FAULT_LOCKED;
}

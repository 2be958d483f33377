// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a fault in a shmem file. Linux v6.6: mm/shmem.c, shmem_fault(); include/linux/mm.h, vmf_error().
 * left out: waiting for a hole that is being punched, which only keeps the punch from taking for ever.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { file_inode } from '../../include/linux/fs.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { VM_FAULT_LOCKED, VM_FAULT_OOM, VM_FAULT_SIGBUS, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { SGP_CACHE } from '../../include/linux/shmem_fs.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { folio_file_page } from '../filemap/filemap_get_folio.ts';
import { shmem_get_folio_gfp } from './shmem_get_folio.ts';

export const vmf_error = (err: number): number => (err === -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS);

export function* shmem_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  const inode = file_inode(c, peek(c, at(vmf.vma, vm_area_struct.vm_file)) as Ptr);
  const folio = yield* shmem_get_folio_gfp(c, inode, vmf.pgoff, SGP_CACHE, GFP_HIGHUSER_MOVABLE, vmf.vma, vmf);
  const extra = c.out;
  if (folio < 0) return vmf_error(folio);
  if (folio === NULL) return extra; // a userfaultfd has been told
  vmf.page = folio_file_page(c, folio as Ptr, vmf.pgoff);
  return VM_FAULT_LOCKED | extra;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The protection of a VMA's entries. Linux v6.6: mm/mmap.c, vma_set_page_prot(), vma_wants_writenotify().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { vm_get_page_prot } from '../../arch/x86/mm/pgprot/vm_get_page_prot.ts';
import { VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { has_page_mkwrite } from '../../include/linux/mm/vm_ops.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { at } from '../../struct.ts';

/** Is the first write to a page that is mapped shared to be a fault, although it is allowed? */
export function vma_wants_writenotify(c: Vcpu, vma: Ptr): boolean {
  const both = VM_WRITE | VM_SHARED;
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & both) !== both) return false;
  // No file here has a backing store that dirty pages would have to be accounted to (mapping_can_writeback()).
  return has_page_mkwrite(c, vma) || userfaultfd_wp(c, vma);
}

/** From vm_flags. */
export function vma_set_page_prot(c: Vcpu, vma: Ptr): void {
  let flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (vma_wants_writenotify(c, vma)) flags &= ~VM_SHARED;
  const prot = vm_get_page_prot(c, flags);
  poke(c, at(vma, vm_area_struct.vm_page_prot), prot);
  poke(c, at(vma, vm_area_struct.vm_page_prot + 1), c.hi);
}

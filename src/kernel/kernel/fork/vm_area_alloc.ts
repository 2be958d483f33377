// SPDX-License-Identifier: GPL-2.0-only
/**
 * VMAs come and go. Linux v6.6: kernel/fork.c, vm_area_alloc(), vm_area_dup(), vm_area_free().
 * left out: the RCU grace period of vm_area_free(): nobody looks for VMAs without mmap_lock, as on every 32-bit kernel.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { at } from '../../struct.ts';

const vm_area_cachep = kmem_cache('vm_area_struct', vm_area_struct);

/** What a copy has in common with its original: not its places in lists and trees, nor its lock. */
const copied = [
  vm_area_struct.vm_start,
  vm_area_struct.vm_end,
  vm_area_struct.vm_mm,
  vm_area_struct.vm_flags,
  vm_area_struct.anon_vma,
  vm_area_struct.vm_pgoff,
  vm_area_struct.vm_file,
  vm_area_struct.vm_page_prot,
  vm_area_struct.vm_page_prot + 1,
  vm_area_struct.vm_ops,
  vm_area_struct.userfaultfd_ctx,
];

/** @returns a VMA that is nowhere yet, or NULL */
export function* vm_area_alloc(c: Vcpu, mm: Ptr): Code<Ptr> {
  const vma = yield* kmem_cache_alloc(c, vm_area_cachep);
  if (vma === NULL) return NULL;
  poke(c, at(vma, vm_area_struct.vm_mm), mm);
  poke(c, at(vma, vm_area_struct.vm_lock_seq), -1);
  return vma;
}

/** @returns a copy that is in no list and no tree, with anon_vma as the original has it, or NULL */
export function* vm_area_dup(c: Vcpu, orig: Ptr): Code<Ptr> {
  const vma = yield* vm_area_alloc(c, peek(c, at(orig, vm_area_struct.vm_mm)) as Ptr);
  if (vma !== NULL) for (const field of copied) poke(c, at(vma, field), peek(c, at(orig, field)));
  return vma;
}

export function* vm_area_free(c: Vcpu, vma: Ptr): Code {
  yield* kmem_cache_free(c, vm_area_cachep, vma);
}

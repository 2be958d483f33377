// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMA that mremap moves to. Linux v6.6: mm/mmap.c, copy_vma().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { get_file } from '../../fs/file_table/fput.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { vm_area_dup, vm_area_free } from '../../kernel/fork/vm_area_alloc.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { anon_vma_clone } from '../rmap/anon_vma_clone.ts';
import { find_vma_prev, vma_is_anonymous } from './find_vma.ts';
import { vma_link } from './vma_link.ts';
import { vma_merge } from './vma_merge.ts';

/**
 * A copy of `vma` at `addr`, where nothing is, or a neighbour that takes the range over.
 * @returns it, or NULL: no memory. In c.out: 1 if an rmap walk could find the new place before the old one, so that a move needs its locks; in
 * c.outLo the VMA that the old range belongs to now: it may itself have been merged
 */
export function* copy_vma(c: Vcpu, vma: Ptr, addr: number, len: number, pgoff: number): Code<Ptr> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const start = peek(c, at(vma, vm_area_struct.vm_start));
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  yield* kernelOf(c).fns.mmap_reuses(c, mm, addr, addr + len);
  // What no page was numbered by yet may be numbered anew: it will merge the better.
  const new_pgoff = vma_is_anonymous(c, vma) && anon_vma === NULL ? addr >>> 12 : pgoff;
  find_vma_prev(c, mm, addr);
  const prev = c.out as Ptr;
  const flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const uffd_ctx = peek(c, at(vma, vm_area_struct.userfaultfd_ctx)) as Ptr;
  const merged = yield* vma_merge(c, mm, prev, addr, addr + len, flags, anon_vma, file, new_pgoff, uffd_ctx);
  if (merged !== NULL) {
    const both = start >= peek(c, at(merged, vm_area_struct.vm_start)) && start < peek(c, at(merged, vm_area_struct.vm_end));
    const old = both ? merged : vma;
    c.outLo = old;
    c.out = peek(c, at(merged, vm_area_struct.vm_pgoff)) <= peek(c, at(old, vm_area_struct.vm_pgoff)) ? 1 : 0;
    return merged;
  }
  const copy = yield* vm_area_dup(c, vma);
  if (copy === NULL) return NULL;
  poke(c, at(copy, vm_area_struct.vm_start), addr);
  poke(c, at(copy, vm_area_struct.vm_end), addr + len);
  poke(c, at(copy, vm_area_struct.vm_pgoff), new_pgoff);
  if ((yield* anon_vma_clone(c, copy, vma)) !== 0) {
    yield* vm_area_free(c, copy);
    return NULL;
  }
  if (file !== NULL) yield* get_file(c, file);
  yield* vma_start_write(c, copy);
  yield* vma_link(c, mm, copy);
  c.outLo = vma;
  c.out = 0;
  return copy;
}

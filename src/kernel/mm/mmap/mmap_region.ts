// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMA of a new mapping. Linux v6.6: mm/mmap.c, mmap_region(), accountable_mapping().
 * left out: address-space limits, seals of memfds.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { get_file } from '../../fs/file_table/fput.ts';
import { call_mmap } from '../../include/linux/fs/call_mmap.ts';
import { VM_ACCOUNT, VM_LOCKED, VM_LOCKED_MASK, VM_NORESERVE, VM_SHARED, VM_SPECIAL, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { vm_area_alloc, vm_area_free } from '../../kernel/fork/vm_area_alloc.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { khugepaged_enter_vma } from '../khugepaged/khugepaged_enter.ts';
import { shmem_zero_setup } from '../shmem/shmem_file_setup.ts';
import { security_vm_enough_memory_mm, vm_unacct_memory } from '../util/__vm_enough_memory.ts';
import { do_munmap } from './do_munmap.ts';
import { find_vma_prev } from './find_vma.ts';
import { vm_stat_account } from './unmap_region.ts';
import { vma_expand } from './vma_expand.ts';
import { vma_link } from './vma_link.ts';
import { can_vma_merge_after, can_vma_merge_before } from './vma_merge.ts';
import { vma_set_page_prot } from './vma_set_page_prot.ts';

/** Private memory that will be written to: each of its pages may come to be needed. */
const accountable_mapping = (vm_flags: number): boolean => (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) === VM_WRITE;

/** Addresses are about to be given out, again perhaps: of interest to a policy that has not flushed them everywhere yet. */
export function* mmap_reuses(_c: Vcpu, _mm: Ptr, _start: number, _end: number): Code {}

/** What is there already is unmapped. @returns the address, or a negative errno */
export function* mmap_region(c: Vcpu, mm: Ptr, file: Ptr, addr: number, len: number, vm_flags: number, pgoff: number): Code<number> {
  const pages = len >>> 12;
  if ((yield* do_munmap(c, mm, addr, len)) !== 0) return -ENOMEM;
  yield* kernelOf(c).fns.mmap_reuses(c, mm, addr, addr + len);
  const accountable = accountable_mapping(vm_flags);
  if (accountable && security_vm_enough_memory_mm(c, pages) !== 0) return -ENOMEM;
  const flags = (accountable ? vm_flags | VM_ACCOUNT : vm_flags) >>> 0;
  let vma = (flags & VM_SPECIAL) === 0 ? yield* expand_neighbour(c, mm, file, addr, addr + len, flags, pgoff) : NULL;
  if (vma === NULL) {
    vma = yield* new_vma(c, mm, file, addr, addr + len, flags, pgoff);
    if (vma < 0) {
      if (accountable) vm_unacct_memory(c, pages);
      return vma;
    }
  }
  yield* khugepaged_enter_vma(c, vma, flags);
  vm_stat_account(c, mm, pages);
  if ((flags & VM_LOCKED) !== 0) {
    if ((flags & VM_SPECIAL) !== 0) poke(c, at(vma, vm_area_struct.vm_flags), (flags & ~VM_LOCKED_MASK) >>> 0);
    else poke(c, at(mm, mm_struct.locked_vm), peek(c, at(mm, mm_struct.locked_vm)) + pages);
  }
  vma_set_page_prot(c, vma);
  return addr;
}

/** @returns a neighbour that the range belongs to now, or NULL */
function* expand_neighbour(c: Vcpu, mm: Ptr, file: Ptr, addr: number, end: number, flags: number, pgoff: number): Code<Ptr> {
  const pglen = (end - addr) >>> 12;
  const next = find_vma_prev(c, mm, addr);
  const prev = c.out as Ptr;
  let vma: Ptr = NULL;
  let start = addr;
  let stop = end;
  let vm_pgoff = pgoff;
  if (
    next !== NULL &&
    peek(c, at(next, vm_area_struct.vm_start)) === end &&
    can_vma_merge_before(c, next, flags, NULL, file, pgoff + pglen, NULL)
  ) {
    vma = next;
    stop = peek(c, at(next, vm_area_struct.vm_end));
  }
  const anon_vma = vma === NULL ? NULL : (peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr);
  if (
    prev !== NULL &&
    peek(c, at(prev, vm_area_struct.vm_end)) === addr &&
    can_vma_merge_after(c, prev, flags, anon_vma, file, pgoff, NULL)
  ) {
    vma = prev;
    start = peek(c, at(prev, vm_area_struct.vm_start));
    vm_pgoff = peek(c, at(prev, vm_area_struct.vm_pgoff));
  }
  if (vma === NULL || (yield* vma_expand(c, vma, start, stop, vm_pgoff, next)) !== 0) return NULL;
  return vma;
}

/** @returns it, in its lists, or a negative errno */
function* new_vma(c: Vcpu, mm: Ptr, file: Ptr, addr: number, end: number, flags: number, pgoff: number): Code<Ptr> {
  const vma = yield* vm_area_alloc(c, mm);
  if (vma === NULL) return -ENOMEM as Ptr;
  poke(c, at(vma, vm_area_struct.vm_start), addr);
  poke(c, at(vma, vm_area_struct.vm_end), end);
  poke(c, at(vma, vm_area_struct.vm_flags), flags);
  poke(c, at(vma, vm_area_struct.vm_pgoff), pgoff);
  vma_set_page_prot(c, vma);
  if (file !== NULL) {
    yield* get_file(c, file);
    poke(c, at(vma, vm_area_struct.vm_file), file);
    call_mmap(c, file, vma);
  } else if ((flags & VM_SHARED) !== 0) {
    const err = yield* shmem_zero_setup(c, vma);
    if (err !== 0) {
      yield* vm_area_free(c, vma);
      return err as Ptr;
    }
  }
  yield* vma_start_write(c, vma);
  yield* vma_link(c, mm, vma);
  return vma;
}

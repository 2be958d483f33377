// SPDX-License-Identifier: GPL-2.0-only
/**
 * A mapping moves, or a part of one. Linux v6.6: mm/mremap.c, move_vma().
 * left out: KSM, userfaultfds that want to know of moves: the new place is not registered.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { __VM_UFFD_FLAGS, VM_ACCOUNT, VM_LOCKED, VM_LOCKED_MASK } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { MREMAP_DONTUNMAP } from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { copy_vma } from '../mmap/copy_vma.ts';
import { do_munmap } from '../mmap/do_munmap.ts';
import { find_vma } from '../mmap/find_vma.ts';
import { sysctl_max_map_count } from '../mmap/split_vma.ts';
import { vm_stat_account } from '../mmap/unmap_region.ts';
import { unlink_anon_vmas } from '../rmap/unlink_anon_vmas.ts';
import { security_vm_enough_memory_mm, vm_unacct_memory } from '../util/__vm_enough_memory.ts';
import { move_page_tables } from './move_page_tables.ts';

const flagsOf = (c: Vcpu, vma: Ptr): number => peek(c, at(vma, vm_area_struct.vm_flags));
const set_flags = (c: Vcpu, vma: Ptr, flags: number): void => poke(c, at(vma, vm_area_struct.vm_flags), flags >>> 0);

/** @returns the new address or -ENOMEM; c.out is 1 if what was added is to be populated */
export function* move_vma(
  c: Vcpu,
  mm: Ptr,
  from: Ptr,
  old_addr: number,
  old_len: number,
  new_len: number,
  new_addr: number,
  flags: number,
): Code<number> {
  const keep = (flags & MREMAP_DONTUNMAP) !== 0;
  const vm_flags = flagsOf(c, from);
  const accountable = (vm_flags & VM_ACCOUNT) !== 0;
  const to_account = accountable ? (keep ? new_len : new_len - old_len) / 4096 : 0;
  c.out = 0;
  if (peek(c, at(mm, mm_struct.map_count)) >= sysctl_max_map_count - 3) return -ENOMEM;
  if (security_vm_enough_memory_mm(c, to_account) !== 0) return -ENOMEM;
  yield* vma_start_write(c, from);
  const new_pgoff = peek(c, at(from, vm_area_struct.vm_pgoff)) + ((old_addr - peek(c, at(from, vm_area_struct.vm_start))) >>> 12);
  const new_vma = yield* copy_vma(c, from, new_addr, new_len, new_pgoff);
  if (new_vma === NULL) {
    vm_unacct_memory(c, to_account);
    return -ENOMEM;
  }
  const need_rmap_locks = c.out !== 0;
  const vma = c.outLo as Ptr;
  const moved = yield* move_page_tables(c, vma, old_addr, new_addr, old_len, need_rmap_locks);
  if (moved < old_len) return yield* move_back(c, mm, new_vma, old_addr, new_addr, new_len, moved, accountable);
  if ((vm_flags & __VM_UFFD_FLAGS) !== 0) {
    poke(c, at(new_vma, vm_area_struct.userfaultfd_ctx), NULL); // dropped, since nobody asked to be told
    set_flags(c, new_vma, flagsOf(c, new_vma) & ~__VM_UFFD_FLAGS);
  }
  vm_stat_account(c, mm, new_len >>> 12);
  if (keep) {
    set_flags(c, vma, flagsOf(c, vma) & ~VM_LOCKED_MASK);
    const whole = peek(c, at(vma, vm_area_struct.vm_start)) === old_addr && peek(c, at(vma, vm_area_struct.vm_end)) === old_addr + old_len;
    if (new_vma !== vma && whole) yield* unlink_anon_vmas(c, vma);
    return new_addr;
  }
  yield* unmap_old(c, mm, vma, old_addr, old_len, accountable);
  if ((vm_flags & VM_LOCKED) !== 0) {
    poke(c, at(mm, mm_struct.locked_vm), peek(c, at(mm, mm_struct.locked_vm)) + (new_len >>> 12));
    c.out = 1;
  } else c.out = 0;
  return new_addr;
}

/** What it was promised goes with it: the old range is unmapped without giving that back. */
function* unmap_old(c: Vcpu, mm: Ptr, vma: Ptr, addr: number, len: number, accountable: boolean): Code {
  const start = peek(c, at(vma, vm_area_struct.vm_start));
  const end = peek(c, at(vma, vm_area_struct.vm_end));
  if (accountable) set_flags(c, vma, flagsOf(c, vma) & ~VM_ACCOUNT);
  const error = yield* do_munmap(c, mm, addr, len);
  if (error !== 0 && accountable) security_vm_enough_memory_mm(c, len >>> 12);
  if (error !== 0 || !accountable) return;
  // The one or two pieces that are left.
  const below = start < addr ? find_vma(c, mm, start) : NULL;
  const above = addr + len < end ? find_vma(c, mm, addr + len) : NULL;
  if (below !== NULL) set_flags(c, below, flagsOf(c, below) | VM_ACCOUNT);
  if (above !== NULL) set_flags(c, above, flagsOf(c, above) | VM_ACCOUNT);
}

/** Without memory for page tables: what has moved goes back, and the new place is unmapped. */
function* move_back(
  c: Vcpu,
  mm: Ptr,
  new_vma: Ptr,
  old_addr: number,
  new_addr: number,
  new_len: number,
  moved: number,
  accountable: boolean,
): Code<number> {
  yield* move_page_tables(c, new_vma, new_addr, old_addr, moved, true);
  vm_stat_account(c, mm, new_len >>> 12);
  yield* unmap_old(c, mm, new_vma, new_addr, new_len, accountable);
  c.out = 0;
  return -ENOMEM;
}

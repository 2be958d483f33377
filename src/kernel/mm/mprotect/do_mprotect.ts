// SPDX-License-Identifier: GPL-2.0-only
/**
 * mprotect(2). Linux v6.6: mm/mprotect.c, do_mprotect_pkey(), mprotect_fixup().
 * left out: PROT_GROWSDOWN and PROT_GROWSUP, READ_IMPLIES_EXEC, protection keys.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';
import { MM_CP_TRY_CHANGE_WRITABLE } from '../../include/linux/mm/mm_cp.ts';
import { VM_ACCESS_FLAGS, VM_ACCOUNT, VM_HUGETLB, VM_LOCKED, VM_NORESERVE, VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { calc_vm_prot_bits } from '../../include/linux/mman.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EACCES, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { populate_vma_page_range } from '../gup/populate_vma_page_range.ts';
import { find_vma_prev } from '../mmap/find_vma.ts';
import { PAGE_ALIGN } from '../mmap/get_unmapped_area.ts';
import { vma_modify_flags } from '../mmap/vma_modify.ts';
import { vma_set_page_prot, vma_wants_writenotify } from '../mmap/vma_set_page_prot.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { security_vm_enough_memory_mm, vm_unacct_memory } from '../util/__vm_enough_memory.ts';
import { change_protection } from './change_protection.ts';

/** Takes mmap_lock. @returns 0, -EINVAL, -ENOMEM (also where a part is not mapped: what comes before it is changed) or -EACCES */
export function* do_mprotect(c: Vcpu, mm: Ptr, start: number, len: number, prot: number): Code<number> {
  if (start % 4096 !== 0) return -EINVAL;
  if (len === 0) return 0;
  const end = start + PAGE_ALIGN(len);
  if (end <= start || end > 0xffffffff) return -ENOMEM;
  yield* mmap_write_lock(c, mm);
  const error = yield* protect_range(c, mm, start, end, prot);
  yield* mmap_write_unlock(c, mm);
  return error;
}

function* protect_range(c: Vcpu, mm: Ptr, start: number, end: number, prot: number): Code<number> {
  let vma = find_vma_prev(c, mm, start);
  if (vma === NULL || peek(c, at(vma, vm_area_struct.vm_start)) > start) return -ENOMEM;
  let prev = (start > peek(c, at(vma, vm_area_struct.vm_start)) ? vma : c.out) as Ptr;
  const tlb = yield* tlb_gather_mmu(c, mm);
  let error = 0;
  for (let from = start; ; ) {
    const newflags = (calc_vm_prot_bits(prot) | (peek(c, at(vma, vm_area_struct.vm_flags)) & ~VM_ACCESS_FLAGS)) >>> 0;
    if ((newflags & ~(newflags >>> 4) & VM_ACCESS_FLAGS) !== 0) {
      error = -EACCES; // VM_MAY* stand four bits above VM_*
      break;
    }
    const to = Math.min(peek(c, at(vma, vm_area_struct.vm_end)), end);
    error = yield* mprotect_fixup(c, tlb, vma, prev, from, to, newflags);
    if (error !== 0) break;
    prev = c.out as Ptr;
    from = Math.max(to, peek(c, at(prev, vm_area_struct.vm_end)));
    if (from >= end) break;
    vma = peek(c, at(prev, vm_area_struct.vm_next)) as Ptr;
    if (vma === NULL || peek(c, at(vma, vm_area_struct.vm_start)) !== from) {
      error = -ENOMEM;
      break;
    }
  }
  yield* tlb_finish_mmu(c, tlb);
  return error;
}

/**
 * One VMA, or a part of it. `prev`: the one before it, or itself if the part does not begin where it does.
 * @returns 0 or a negative errno; in c.out the VMA that the part belongs to now
 */
function* mprotect_fixup(c: Vcpu, tlb: mmu_gather, vma: Ptr, prev: Ptr, start: number, end: number, asked: number): Code<number> {
  const oldflags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (asked === oldflags) {
    c.out = vma;
    return 0;
  }
  // What becomes writable may come to need memory; that it needs none is known only when it goes.
  const becomes = (asked & VM_WRITE) !== 0 && (oldflags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE)) === 0;
  const charged = becomes ? (end - start) >>> 12 : 0;
  if (security_vm_enough_memory_mm(c, charged) !== 0) return -ENOMEM;
  const newflags = (becomes ? asked | VM_ACCOUNT : asked) >>> 0;
  const target = yield* vma_modify_flags(c, vma, prev, start, end, newflags);
  if (target < 0) {
    vm_unacct_memory(c, charged);
    return target;
  }
  yield* vma_start_write(c, target);
  poke(c, at(target, vm_area_struct.vm_flags), newflags);
  const try_writable = (newflags & VM_SHARED) !== 0 ? vma_wants_writenotify(c, target) : (newflags & VM_WRITE) !== 0;
  vma_set_page_prot(c, target);
  yield* change_protection(c, tlb, target, start, end, try_writable ? MM_CP_TRY_CHANGE_WRITABLE : 0);
  if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) === VM_LOCKED && (newflags & VM_WRITE) !== 0)
    yield* populate_vma_page_range(c, target, start, end); // locked memory is copied now, not when it is written
  c.out = target;
  return 0;
}

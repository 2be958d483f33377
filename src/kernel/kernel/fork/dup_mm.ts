// SPDX-License-Identifier: GPL-2.0-only
/**
 * An address space for a child: every VMA again, and the page tables of those that could not be built again by faults.
 * Linux v6.6: kernel/fork.c, dup_mm(), dup_mmap(); arch/x86/include/asm/mmu_context.h, arch_dup_mmap().
 * left out: userfaultfds that want to know of forks: a child's VMAs are not registered.
 */
import { load, peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { flush_tlb_mm } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { get_file } from '../../fs/file_table/fput.ts';
import { mapping_allow_writable } from '../../include/linux/fs/i_mmap_writable.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { __VM_UFFD_FLAGS, VM_ACCOUNT, VM_DONTCOPY, VM_LOCKED_MASK, VM_NOHUGEPAGE, VM_WIPEONFORK } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_lock_nested, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { MMF_INIT_MASK } from '../../include/linux/sched/coredump.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { i_mmap_lock_write, i_mmap_unlock_write, vma_interval_tree_insert_after } from '../../mm/interval_tree/i_mmap.ts';
import { khugepaged_fork } from '../../mm/khugepaged/khugepaged_enter.ts';
import { copy_page_range } from '../../mm/memory/copy_page_range.ts';
import { vma_pages } from '../../mm/mmap/find_vma.ts';
import { vm_stat_account } from '../../mm/mmap/unmap_region.ts';
import { __vma_link_list, vma_is_shared_maywrite } from '../../mm/mmap/vma_link.ts';
import { anon_vma_fork } from '../../mm/rmap/anon_vma_fork.ts';
import { security_vm_enough_memory_mm, vm_unacct_memory } from '../../mm/util/__vm_enough_memory.ts';
import { at } from '../../struct.ts';
import { mm_init } from './mm_alloc.ts';
import { mmput } from './mmput.ts';
import { vm_area_dup, vm_area_free } from './vm_area_alloc.ts';

/** @returns the child's mm, or NULL: there is no memory */
export function* dup_mm(c: Vcpu, oldmm: Ptr): Code<Ptr> {
  const flags = (yield* load(c, at(oldmm, mm_struct.flags))) & MMF_INIT_MASK;
  const mm = yield* mm_init(c, flags, peek(c, at(oldmm, mm_struct.def_flags)) & VM_NOHUGEPAGE);
  if (mm === NULL) return NULL;
  if ((yield* dup_mmap(c, mm, oldmm)) === 0) return mm;
  yield* mmput(c, mm);
  return NULL;
}

function* dup_mmap(c: Vcpu, mm: Ptr, oldmm: Ptr): Code<number> {
  let retval = 0;
  yield* mmap_write_lock(c, oldmm);
  yield* mmap_write_lock_nested(c, mm);
  poke(c, at(mm, mm_struct.total_vm), peek(c, at(oldmm, mm_struct.total_vm)));
  yield* khugepaged_fork(c, mm, oldmm);
  let last: Ptr = NULL;
  let mpnt = peek(c, at(oldmm, mm_struct.mmap)) as Ptr;
  for (; mpnt !== NULL && retval === 0; mpnt = peek(c, at(mpnt, vm_area_struct.vm_next)) as Ptr) {
    yield* vma_start_write(c, mpnt);
    if ((peek(c, at(mpnt, vm_area_struct.vm_flags)) & VM_DONTCOPY) !== 0) {
      vm_stat_account(c, mm, -vma_pages(c, mpnt));
      continue;
    }
    const tmp = yield* dup_vma(c, mm, mpnt);
    if (tmp === NULL) {
      retval = -ENOMEM;
      break;
    }
    __vma_link_list(c, mm, tmp, last);
    last = tmp;
    poke(c, at(mm, mm_struct.map_count), peek(c, at(mm, mm_struct.map_count)) + 1);
    const wiped = (peek(c, at(tmp, vm_area_struct.vm_flags)) & VM_WIPEONFORK) !== 0;
    if (!wiped) retval = yield* copy_page_range(c, tmp, mpnt);
  }
  yield* mmap_write_unlock(c, mm);
  yield* flush_tlb_mm(c, oldmm); // its pages are read-only now
  yield* mmap_write_unlock(c, oldmm);
  return retval;
}

/** @returns the copy, known to its anon_vmas and its file, or NULL */
function* dup_vma(c: Vcpu, mm: Ptr, mpnt: Ptr): Code<Ptr> {
  const flags = peek(c, at(mpnt, vm_area_struct.vm_flags));
  const charge = (flags & VM_ACCOUNT) !== 0 ? vma_pages(c, mpnt) : 0;
  if (security_vm_enough_memory_mm(c, charge) !== 0) return NULL;
  const tmp = yield* vm_area_dup(c, mpnt);
  if (tmp !== NULL) {
    poke(c, at(tmp, vm_area_struct.vm_mm), mm);
    poke(c, at(tmp, vm_area_struct.vm_flags), (flags & ~(VM_LOCKED_MASK | __VM_UFFD_FLAGS)) >>> 0);
    poke(c, at(tmp, vm_area_struct.userfaultfd_ctx), NULL);
    if ((flags & VM_WIPEONFORK) !== 0) yield* store(c, at(tmp, vm_area_struct.anon_vma), NULL);
    else if ((yield* anon_vma_fork(c, tmp, mpnt)) !== 0) {
      yield* vm_area_free(c, tmp);
      vm_unacct_memory(c, charge);
      return NULL;
    }
    yield* link_file(c, tmp, mpnt);
    return tmp;
  }
  vm_unacct_memory(c, charge);
  return NULL;
}

/** Before its page tables are copied: whoever unmaps the file meanwhile finds the child behind its parent. */
function* link_file(c: Vcpu, tmp: Ptr, mpnt: Ptr): Code {
  const file = peek(c, at(tmp, vm_area_struct.vm_file)) as Ptr;
  if (file === NULL) return;
  const mapping = file_mapping(c, file);
  yield* get_file(c, file);
  yield* i_mmap_lock_write(c, mapping);
  if (vma_is_shared_maywrite(c, tmp)) yield* mapping_allow_writable(c, mapping);
  vma_interval_tree_insert_after(c, tmp, mpnt);
  yield* i_mmap_unlock_write(c, mapping);
}

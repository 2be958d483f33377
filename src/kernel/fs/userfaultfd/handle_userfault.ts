// SPDX-License-Identifier: GPL-2.0-only
/**
 * A fault that user space is to serve: the task waits, without mmap_lock, and then takes the fault again.
 * Linux v6.6: fs/userfaultfd.c, handle_userfault(), userfaultfd_must_wait().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_present, pmd_trans_huge, pte_none, pte_write } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import {
  FAULT_FLAG_ALLOW_RETRY,
  FAULT_FLAG_RETRY_NOWAIT,
  VM_FAULT_NOPAGE,
  VM_FAULT_OOM,
  VM_FAULT_RETRY,
  VM_FAULT_SIGBUS,
  type vm_fault,
} from '../../include/linux/mm/vm_fault.ts';
import { VM_UFFD_WP } from '../../include/linux/mm/vm_flags.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { __pte_offset_map, pte_unmap } from '../../mm/pgtable-generic/__pte_offset_map.ts';
import { at } from '../../struct.ts';
import {
  userfault_dequeue,
  userfault_enqueue,
  userfault_wait,
  userfaultfd_ctx,
  userfaultfd_ctx_get,
  userfaultfd_ctx_put,
} from './userfaultfd_ctx.ts';

/** @param reason one of VM_UFFD_*. @returns VM_FAULT_RETRY with mmap_lock dropped, or a code with it held */
export function* handle_userfault(c: Vcpu, vmf: vm_fault, reason: number): Code<number> {
  const mm = peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr;
  const ctx = peek(c, at(vmf.vma, vm_area_struct.userfaultfd_ctx)) as Ptr;
  if (ctx === NULL) return VM_FAULT_SIGBUS;
  if ((yield* load(c, at(ctx, userfaultfd_ctx.released))) !== 0) return VM_FAULT_NOPAGE;
  if ((vmf.flags & FAULT_FLAG_ALLOW_RETRY) === 0) return VM_FAULT_SIGBUS;
  if ((vmf.flags & FAULT_FLAG_RETRY_NOWAIT) !== 0) return VM_FAULT_RETRY;
  yield* userfaultfd_ctx_get(c, ctx);
  const uwq = yield* userfault_enqueue(c, ctx, vmf.address);
  if (uwq === NULL) {
    yield* userfaultfd_ctx_put(c, ctx);
    return VM_FAULT_OOM;
  }
  const must_wait = yield* userfaultfd_must_wait(c, mm, vmf.address, reason);
  yield* mmap_read_unlock(c, mm);
  if (must_wait && (yield* load(c, at(ctx, userfaultfd_ctx.released))) === 0) yield* userfault_wait(c, uwq);
  yield* userfault_dequeue(c, ctx, uwq);
  yield* userfaultfd_ctx_put(c, ctx);
  return VM_FAULT_RETRY;
}

/** Has nobody answered before this one could be woken? Lockless: what changes meanwhile wakes it. */
function* userfaultfd_must_wait(c: Vcpu, mm: Ptr, address: number, reason: number): Code<boolean> {
  const pmd = mm_find_pmd(c, mm, address);
  if (pmd === NULL) return true;
  const value = yield* load(c, pmd);
  if (pmd_none(value)) return true;
  if (!pmd_present(value)) return false;
  if (pmd_trans_huge(value)) return !pte_write(value) && (reason & VM_UFFD_WP) !== 0;
  const pte = yield* __pte_offset_map(c, pmd, address);
  if (pte === NULL) return true;
  const lo = yield* ptep_get(c, pte);
  const wait = pte_none(lo, c.hi) || (!pte_write(lo) && (reason & VM_UFFD_WP) !== 0);
  yield* pte_unmap(c);
  return wait;
}

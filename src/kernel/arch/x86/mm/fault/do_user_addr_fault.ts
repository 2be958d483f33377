// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page fault of a user program. Linux v6.6: arch/x86/mm/fault.c, do_user_addr_fault(), access_error(), bad_area(), do_sigbus(); mm/memory.c,
 * lock_mm_and_find_vma().
 *
 * A process that runs out of memory is killed: the out-of-memory killer's choice among several is not modelled.
 * left out: protection keys, shadow stacks, stacks that grow, faults of the kernel; vma locks, which 32-bit x86 does not use for faults.
 */
import { peek } from '../../../../../../cpu/ops.ts';
import { violate } from '../../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../../mmu/types.ts';
import {
  FAULT_FLAG_DEFAULT,
  FAULT_FLAG_INSTRUCTION,
  FAULT_FLAG_TRIED,
  FAULT_FLAG_USER,
  FAULT_FLAG_WRITE,
  VM_FAULT_COMPLETED,
  VM_FAULT_ERROR,
  VM_FAULT_HWPOISON,
  VM_FAULT_OOM,
  VM_FAULT_RETRY,
  VM_FAULT_SIGBUS,
} from '../../../../include/linux/mm/vm_fault.ts';
import { VM_ACCESS_FLAGS, VM_WRITE } from '../../../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../../../include/linux/mmap_lock.ts';
import { handle_mm_fault } from '../../../../mm/memory/handle_mm_fault.ts';
import { vma_lookup } from '../../../../mm/mmap/find_vma.ts';
import { TASK_SIZE } from '../../../../mm/mmap/get_unmapped_area.ts';
import { at } from '../../../../struct.ts';

export const X86_PF_PROT = 1 << 0;
export const X86_PF_WRITE = 1 << 1;
export const X86_PF_USER = 1 << 2;
export const X86_PF_RSVD = 1 << 3;
export const X86_PF_INSTR = 1 << 4;

export const SIGBUS = 7;
export const SIGKILL = 9;
export const SIGSEGV = 11;

function access_error(c: Vcpu, error_code: number, vma: Ptr): boolean {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if ((error_code & X86_PF_WRITE) !== 0) return (vm_flags & VM_WRITE) === 0;
  if ((error_code & X86_PF_PROT) !== 0) return true; // present, and neither written to nor without the right
  return (vm_flags & VM_ACCESS_FLAGS) === 0;
}

/** @returns 0: do it again; or the number of the signal that the task gets */
export function* do_user_addr_fault(c: Vcpu, mm: Ptr, error_code: number, address: number): Code<number> {
  if ((error_code & X86_PF_RSVD) !== 0) violate(c, 'check', `Corrupted page table at address ${address.toString(16)}`);
  if (address >= TASK_SIZE) return SIGSEGV;
  let flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER;
  if ((error_code & X86_PF_WRITE) !== 0) flags |= FAULT_FLAG_WRITE;
  if ((error_code & X86_PF_INSTR) !== 0) flags |= FAULT_FLAG_INSTRUCTION;
  for (;;) {
    yield* mmap_read_lock(c, mm);
    const vma = vma_lookup(c, mm, address);
    if (vma === NULL || access_error(c, error_code, vma)) {
      yield* mmap_read_unlock(c, mm);
      return SIGSEGV;
    }
    const fault = yield* handle_mm_fault(c, vma, address, flags);
    if ((fault & VM_FAULT_COMPLETED) !== 0) return 0; // mmap_lock is dropped
    if ((fault & VM_FAULT_RETRY) !== 0) {
      flags |= FAULT_FLAG_TRIED; // mmap_lock is dropped
      continue;
    }
    yield* mmap_read_unlock(c, mm);
    return signal_of(fault);
  }
}

function signal_of(fault: number): number {
  if ((fault & VM_FAULT_ERROR) === 0) return 0;
  if ((fault & VM_FAULT_OOM) !== 0) return SIGKILL;
  return (fault & (VM_FAULT_SIGBUS | VM_FAULT_HWPOISON)) !== 0 ? SIGBUS : SIGSEGV;
}

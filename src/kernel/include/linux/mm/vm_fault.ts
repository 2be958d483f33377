// SPDX-License-Identifier: GPL-2.0-only
/**
 * One page fault on its way through mm/, and what it comes to. Linux v6.6: include/linux/mm.h, struct vm_fault, struct zap_details;
 * include/linux/mm_types.h, enum fault_flag, enum vm_fault_reason.
 *
 * It lies on the kernel's stack: nobody but the faulting CPU sees it.
 */
import { NULL, type Ptr } from '../../../../../mmu/types.ts';

export const FAULT_FLAG_WRITE = 1 << 0;
export const FAULT_FLAG_MKWRITE = 1 << 1;
export const FAULT_FLAG_ALLOW_RETRY = 1 << 2;
export const FAULT_FLAG_RETRY_NOWAIT = 1 << 3;
export const FAULT_FLAG_KILLABLE = 1 << 4;
export const FAULT_FLAG_TRIED = 1 << 5;
export const FAULT_FLAG_USER = 1 << 6;
export const FAULT_FLAG_REMOTE = 1 << 7;
export const FAULT_FLAG_INSTRUCTION = 1 << 8;
export const FAULT_FLAG_INTERRUPTIBLE = 1 << 9;
export const FAULT_FLAG_UNSHARE = 1 << 10;
export const FAULT_FLAG_ORIG_PTE_VALID = 1 << 11;
export const FAULT_FLAG_VMA_LOCK = 1 << 12;
export const FAULT_FLAG_DEFAULT = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE;

export const VM_FAULT_OOM = 0x000001;
export const VM_FAULT_SIGBUS = 0x000002;
export const VM_FAULT_MAJOR = 0x000004;
export const VM_FAULT_HWPOISON = 0x000010;
export const VM_FAULT_SIGSEGV = 0x000040;
export const VM_FAULT_NOPAGE = 0x000100;
export const VM_FAULT_LOCKED = 0x000200;
export const VM_FAULT_RETRY = 0x000400;
export const VM_FAULT_FALLBACK = 0x000800;
export const VM_FAULT_DONE_COW = 0x001000;
export const VM_FAULT_NEEDDSYNC = 0x002000;
export const VM_FAULT_COMPLETED = 0x004000;
export const VM_FAULT_ERROR = VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON | VM_FAULT_FALLBACK;

export interface vm_fault {
  vma: Ptr;
  /** FAULT_FLAG_*. */
  flags: number;
  /** Of the page. */
  address: number;
  /** To the byte. */
  real_address: number;
  pgoff: number;
  /** NULL before the page directory is known. */
  pmd: Ptr;
  pud: Ptr;
  orig_pteLo: number;
  orig_pteHi: number;
  orig_pmdLo: number;
  orig_pmdHi: number;
  /** Mapped pte, or NULL. */
  pte: Ptr;
  ptl: Ptr;
  /** A page table, allocated before a lock is taken under which that is not possible; or NULL. */
  prealloc_pte: Ptr;
  /** The page that ->fault() found. */
  page: Ptr;
  /** A private copy in the making. */
  cow_page: Ptr;
}

export const new_vm_fault = (vma: Ptr, address: number, flags: number, pgoff: number): vm_fault => ({
  vma,
  flags,
  address: (address & ~0xfff) >>> 0,
  real_address: address,
  pgoff,
  pmd: NULL,
  pud: NULL,
  orig_pteLo: 0,
  orig_pteHi: 0,
  orig_pmdLo: 0,
  orig_pmdHi: 0,
  pte: NULL,
  ptl: NULL,
  prealloc_pte: NULL,
  page: NULL,
  cow_page: NULL,
});

/** What a zap leaves alone. */
export interface zap_details {
  /** The only folio to take, or NULL for all. */
  single_folio: Ptr;
  /** Also private copies of file pages. */
  even_cows: boolean;
}

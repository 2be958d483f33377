// SPDX-License-Identifier: GPL-2.0-only
/**
 * The system calls that processes of a workload make.
 */
import { NULL, type Ptr } from '../../mmu/types.ts';
import { VM_NORESERVE } from '../kernel/include/linux/mm/vm_flags.ts';
import * as uapi from '../kernel/include/uapi/asm-generic/mman.ts';
import { get_user_pages_fast } from '../kernel/mm/gup/get_user_pages_fast.ts';
import { do_madvise } from '../kernel/mm/madvise/do_madvise.ts';
import { do_mlock, do_munlock } from '../kernel/mm/mlock/do_mlock.ts';
import { vm_mmap_pgoff } from '../kernel/mm/mmap/do_mmap.ts';
import { vm_munmap } from '../kernel/mm/mmap/do_munmap.ts';
import { do_mprotect } from '../kernel/mm/mprotect/do_mprotect.ts';
import { do_mremap } from '../kernel/mm/mremap/do_mremap.ts';
import { put_page } from '../kernel/mm/swap/put_page.ts';
import { PAGE_SIZE } from './address.ts';
import type { Process, World } from './world.ts';

export { VM_NORESERVE };

const ADVICE: Readonly<Record<string, number>> = {
  HUGEPAGE: uapi.MADV_HUGEPAGE,
  NOHUGEPAGE: uapi.MADV_NOHUGEPAGE,
  DONTNEED: uapi.MADV_DONTNEED,
  REMOVE: uapi.MADV_REMOVE,
  FREE: uapi.MADV_FREE,
  PAGEOUT: uapi.MADV_PAGEOUT,
  COLD: uapi.MADV_COLD,
  POPULATE_WRITE: uapi.MADV_POPULATE_WRITE,
  POPULATE_READ: uapi.MADV_POPULATE_READ,
  COLLAPSE: uapi.MADV_COLLAPSE,
};

export const protection = (text: string): number =>
  (text.includes('r') ? uapi.PROT_READ : 0) | (text.includes('w') ? uapi.PROT_WRITE : 0) | (text.includes('x') ? uapi.PROT_EXEC : 0);

/** @param file NULL for anonymous memory. @returns 0 or a negative errno */
export function mmap(w: World, p: Process, at: number, pages: number, prot: string, shared: boolean, file: Ptr, pgoff: number): number {
  const flags = uapi.MAP_FIXED | (shared ? uapi.MAP_SHARED : uapi.MAP_PRIVATE) | (file === NULL ? uapi.MAP_ANONYMOUS : 0);
  const got = w.by(p, (c) => vm_mmap_pgoff(c, p.mm, file, at, pages * PAGE_SIZE, protection(prot), flags, pgoff));
  return got < 0 ? got : 0;
}

export const munmap = (w: World, p: Process, at: number, pages: number): number =>
  w.by(p, (c) => vm_munmap(c, p.mm, at, pages * PAGE_SIZE));

export const madvise = (w: World, p: Process, at: number, pages: number, advice: string): number =>
  w.by(p, (c) => do_madvise(c, p.mm, at, pages * PAGE_SIZE, ADVICE[advice]!));

export const mprotect = (w: World, p: Process, at: number, pages: number, prot: string): number =>
  w.by(p, (c) => do_mprotect(c, p.mm, at, pages * PAGE_SIZE, protection(prot)));

export const mlock = (w: World, p: Process, at: number, pages: number, onFault: boolean): number =>
  w.by(p, (c) => do_mlock(c, p.mm, at, pages * PAGE_SIZE, onFault ? uapi.MLOCK_ONFAULT : 0));

export const munlock = (w: World, p: Process, at: number, pages: number): number =>
  w.by(p, (c) => do_munlock(c, p.mm, at, pages * PAGE_SIZE));

export function mremap(w: World, p: Process, at: number, pages: number, newPages: number, to: number): number {
  const flags = uapi.MREMAP_MAYMOVE | uapi.MREMAP_FIXED;
  const got = w.by(p, (c) => do_mremap(c, p.mm, at, pages * PAGE_SIZE, newPages * PAGE_SIZE, flags, to));
  return got < 0 ? got : 0;
}

/** As vmsplice() into a pipe: references to the pages. @returns bytes, or a negative errno */
export function pin(w: World, p: Process, at: number, pages: number): number {
  const got = w.by(p, (c) => get_user_pages_fast(c, p.mm, at, pages, 0, p.pinned));
  return got < 0 ? got : got * PAGE_SIZE;
}

export function unpin(w: World, p: Process): void {
  for (const page of p.pinned) w.by(p, (c) => put_page(c, page));
  p.pinned.length = 0;
}

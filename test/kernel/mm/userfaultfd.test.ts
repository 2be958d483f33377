// SPDX-License-Identifier: GPL-2.0-only
/** A userfaultfd is registered, and its faults are answered. Time budget: 3 s. */
import { expect, test } from 'vitest';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { user_load, user_store } from '../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { new_userfaultfd } from '../../../src/kernel/fs/userfaultfd/userfaultfd_ctx.ts';
import {
  userfaultfd_register,
  userfaultfd_release,
  userfaultfd_unregister,
} from '../../../src/kernel/fs/userfaultfd/userfaultfd_register.ts';
import { page_address } from '../../../src/kernel/include/linux/mm/page.ts';
import { vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { EBUSY, EEXIST, EFAULT, EINVAL, ENOENT, ENOMEM } from '../../../src/kernel/include/uapi/asm-generic/errno.ts';
import {
  MADV_DONTNEED,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../../../src/kernel/mm/madvise/do_madvise.ts';
import { vm_mmap_pgoff } from '../../../src/kernel/mm/mmap/do_mmap.ts';
import { find_vma } from '../../../src/kernel/mm/mmap/find_vma.ts';
import { alloc_page } from '../../../src/kernel/mm/page_alloc/__alloc_pages.ts';
import { mfill_atomic_continue, mfill_atomic_copy, mfill_atomic_zeropage } from '../../../src/kernel/mm/userfaultfd/mfill_atomic_copy.ts';
import { type DirectMachine, directMachine } from '../direct-machine.ts';
import { anonymous, exit, freePages, H0, newProcess } from './memory/process.ts';

const PAGE = 4096;
const MISSING = 1;

function source(d: DirectMachine, value: number): Ptr {
  const page = d.run((c) => alloc_page(c, 0));
  d.m.mem.words.fill(value, page_address(d.m.contexts[0]!, page), page_address(d.m.contexts[0]!, page) + 1024);
  return page;
}

function sharedAnonymous(d: DirectMachine, mm: Ptr, at: number, pages: number): void {
  const flags = MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS;
  expect(d.run((c) => vm_mmap_pgoff(c, mm, NULL, at, pages * PAGE, PROT_READ | PROT_WRITE, flags, 0))).toBe(at);
}

test('modes that 32-bit x86 lacks, and ranges that are none, are refused', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  anonymous(d, mm, H0, 16);
  const register = (at: number, len: number, mode: number, ctx = NULL): number =>
    d.run((c) => userfaultfd_register(c, mm, ctx, at, len, mode));
  expect(register(H0, PAGE, 0)).toBe(-EINVAL);
  expect(register(H0, PAGE, 2)).toBe(-EINVAL);
  expect(register(H0, PAGE, 4)).toBe(-EINVAL);
  expect(register(H0, PAGE, 8)).toBe(-EINVAL);
  expect(register(H0 + 1, PAGE, MISSING)).toBe(-EINVAL);
  expect(register(H0, 0, MISSING)).toBe(-EINVAL);
  expect(register(H0 - 2 * PAGE, PAGE, MISSING)).toBe(-EINVAL);
  expect(register(0xb0000000, PAGE, MISSING)).toBe(-ENOMEM);
  expect(register(H0 + PAGE, 2 * PAGE, MISSING)).toBe(0);
  expect(register(H0, 16 * PAGE, MISSING)).toBe(-EBUSY);
});

test('a part of a VMA is split off, and joined again', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  anonymous(d, mm, H0, 16);
  const ctx = d.run((c) => new_userfaultfd(c, mm));
  expect(d.run((c) => userfaultfd_register(c, mm, ctx, H0 + 4 * PAGE, 4 * PAGE, MISSING))).toBe(0);
  const c0 = d.m.contexts[0]!;
  const range = (at: number): number[] => {
    const vma = find_vma(c0, mm, at);
    return [vm_area_struct.vm_start, vm_area_struct.vm_end].map((f) => (d.m.mem.words[vma + f]! - H0) / PAGE);
  };
  expect([range(H0), range(H0 + 4 * PAGE), range(H0 + 8 * PAGE)]).toEqual([
    [0, 4],
    [4, 8],
    [8, 16],
  ]);
  expect(d.run((c) => userfaultfd_unregister(c, mm, ctx, H0, 16 * PAGE))).toBe(0);
  expect(range(H0)).toEqual([0, 16]);
});

for (const kind of ['private', 'shared'] as const) {
  test(`missing pages of ${kind} memory are copied in, once`, () => {
    const d = directMachine({}, 24);
    const life = (n: number): number => {
      const mm = newProcess(d);
      if (kind === 'private') anonymous(d, mm, H0, 16);
      else sharedAnonymous(d, mm, H0, 16);
      const ctx = d.run((c) => new_userfaultfd(c, mm));
      expect(d.run((c) => mfill_atomic_copy(c, ctx, H0, [source(d, 1)]))).toBe(-ENOENT);
      expect(d.run((c) => userfaultfd_register(c, mm, ctx, H0, 16 * PAGE, MISSING))).toBe(0);
      const pages = [source(d, 11), source(d, 12)];
      expect(d.run((c) => mfill_atomic_copy(c, ctx, H0, pages))).toBe(2 * PAGE);
      expect(d.run((c) => mfill_atomic_copy(c, ctx, H0 + PAGE, pages))).toBe(-EEXIST);
      expect(d.run((c) => mfill_atomic_zeropage(c, ctx, H0 + 2 * PAGE, PAGE))).toBe(PAGE);
      expect([0, 1, 2].map((i) => d.run((c) => user_load(c, mm, H0 + i * PAGE)))).toEqual([11, 12, 0]);
      expect(d.run((c) => user_store(c, mm, H0 + 2 * PAGE, 5))).toBe(0);
      expect(d.run((c) => user_load(c, mm, H0 + 2 * PAGE))).toBe(5);
      if (n === 0) d.run((c) => userfaultfd_release(c, ctx));
      exit(d, mm);
      if (n > 0) d.run((c) => userfaultfd_release(c, ctx));
      return freePages(d);
    };
    const first = life(0);
    expect(first - life(1)).toBe(3); // the sources
  });
}

test('a page that the file has is mapped as it is', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  sharedAnonymous(d, mm, H0, 16);
  expect(d.run((c) => user_store(c, mm, H0, 7))).toBe(0);
  expect(d.run((c) => do_madvise(c, mm, H0, 16 * PAGE, MADV_DONTNEED))).toBe(0);
  const ctx = d.run((c) => new_userfaultfd(c, mm));
  expect(d.run((c) => userfaultfd_register(c, mm, ctx, H0, 16 * PAGE, MISSING))).toBe(0);
  expect(d.run((c) => mfill_atomic_continue(c, ctx, H0, PAGE))).toBe(PAGE);
  expect(d.run((c) => user_load(c, mm, H0))).toBe(7);
  expect(d.run((c) => mfill_atomic_continue(c, ctx, H0, PAGE))).toBe(-EEXIST);
  expect(d.run((c) => mfill_atomic_continue(c, ctx, H0 + PAGE, PAGE))).toBe(-EFAULT);
});

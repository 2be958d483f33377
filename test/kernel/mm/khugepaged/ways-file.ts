// SPDX-License-Identifier: GPL-2.0-only
/** How each result code of files comes about: of shmem, and of others with READ_ONLY_THP_FOR_FS. */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { dentry_open, fput } from '../../../../src/kernel/fs/file_table/fput.ts';
import { do_truncate } from '../../../../src/kernel/fs/open/vfs_fallocate.ts';
import { ramfs_create, ramfs_fill_super } from '../../../../src/kernel/fs/ramfs/inode/ramfs_get_inode.ts';
import { vfs_write_words } from '../../../../src/kernel/fs/read_write/vfs_write.ts';
import {
  UFFDIO_REGISTER_MODE_MISSING,
  UFFDIO_REGISTER_MODE_WP,
  userfaultfd_register,
} from '../../../../src/kernel/fs/userfaultfd/userfaultfd_register.ts';
import { FMODE_READ, FMODE_WRITE, file_inode } from '../../../../src/kernel/include/linux/fs.ts';
import { page_to_pfn } from '../../../../src/kernel/include/linux/mm/page.ts';
import { mm_struct, page } from '../../../../src/kernel/include/linux/mm_types.ts';
import { get_page } from '../../../../src/kernel/include/linux/page_ref.ts';
import { PG_locked } from '../../../../src/kernel/include/linux/page-flags.ts';
import {
  MADV_COLLAPSE,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  PROT_EXEC,
  PROT_READ,
} from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { FAIL_MEMCG_CHARGE, FAIL_PAGE_ALLOC, FAILSLAB, set_fault_times } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { poison_page } from '../../../../src/kernel/mm/memory-failure/memory_failure.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { flips, released, taken } from './interleave.ts';
import { type Process, startProcess } from './process.ts';
import {
  advise,
  around,
  cacheFreed,
  collapse,
  cpu0,
  error,
  failing,
  H0,
  HUGE,
  madvise,
  meanwhile,
  type Outcome,
  onBoth,
  type Program,
  pageAt,
  punch,
  scanSlot,
  shared,
  tableLock,
  type Way,
} from './way.ts';

export type Shared = ReturnType<typeof shared>;
type Config = Partial<KernelConfig>;

/** MADV_COLLAPSE of a shmem file after `prepare`. */
export const after =
  (prepare: (p: Shared) => void, config: Config = {}, pages = [0, 1, 2, 3]): (() => Outcome) =>
  () => {
    const p = shared(pages, config);
    prepare(p);
    return { p, errno: advise(p, MADV_COLLAPSE) };
  };

/** khugepaged's look at it. */
export const scanned =
  (prepare: (p: Shared) => void, config: Config = {}): (() => Outcome) =>
  () => {
    const p = shared(undefined, config);
    prepare(p);
    return { p, result: p.run(scanSlot) };
  };

/** What another CPU does the n-th time that the collapse has dropped the lock of the page cache: after the n-th page was locked, or after all. */
export const between =
  (other: (p: Shared) => Program, n: number, pages = [0, 1, 2, 3], config: Config = {}): (() => Outcome) =>
  () => {
    const p = onBoth(shared(pages, config));
    return { p, errno: error(meanwhile(p, collapse(p), cacheFreed(p, p.file, n), other(p))) };
  };

const nothing = (): void => {};

/** Another mapping of the file, with a private copy in it: its table stays. */
export const COPY = H0 + 4 * HUGE;
export function withCopy(p: Shared): void {
  p.mmap(COPY, HUGE, p.file, 0, false);
  p.store(COPY + 4096, 77);
  advise(p, MADV_HUGEPAGE, COPY);
  advise(p, MADV_COLLAPSE);
}

/** And then the copy goes, so that all the table has are pages of the huge one. */
export function withTable(p: Shared): void {
  withCopy(p);
  advise(p, MADV_DONTNEED, COPY + 4096, 4096);
  for (const i of [0, 2, 3]) p.load(COPY + i * 4096);
}

/** Of the first extent nothing is left, so that khugepaged comes to the second at once. */
export const only = (p: Process, address: number): void => void p.run((c) => do_munmap(c, p.mm, address, HUGE));

/** What another CPU does while khugepaged, which has found a huge page, waits for nothing and takes mmap_lock again. */
const beforeTable =
  (other: (p: Shared) => Program): (() => Outcome) =>
  () => {
    const p = shared();
    withTable(p);
    only(p, H0);
    return { p, result: meanwhile(p, scanSlot, taken(p, at(p.mm, mm_struct.mmap_lock), 2), other(p)), files: [p.file] };
  };

/**
 * A file of ramfs of one extent that nobody has open for writing, mapped as a program is.
 * @param pages how many of it have been read; @param written how many had been written
 */
export function program(config: Config = {}, pages = 512, written = 0): Shared {
  const p = startProcess({ readOnlyThpForFs: true, ...config });
  const file = p.run(function* (c) {
    const writer = yield* ramfs_create(c, yield* ramfs_fill_super(c));
    yield* do_truncate(c, writer, HUGE);
    yield* vfs_write_words(c, writer, new Int32Array(written), 0);
    const reader = yield* dentry_open(c, file_inode(c, writer), FMODE_READ);
    yield* fput(c, writer);
    return reader;
  });
  p.mmap(H0, HUGE, file, 0, false, PROT_READ | PROT_EXEC);
  if (pages > 0) advise(p, MADV_POPULATE_READ, H0, pages * 4096);
  return { ...p, file };
}

const ofProgram =
  (prepare: (p: Shared) => void): (() => Outcome) =>
  () => {
    const p = program();
    prepare(p);
    return { p, errno: advise(p, MADV_COLLAPSE) };
  };

export function* openForWriting(c: Vcpu, file: Ptr) {
  yield* dentry_open(c, file_inode(c, file), FMODE_READ | FMODE_WRITE);
  return 0;
}

function* failSlab(c: Vcpu, p: Shared, index: number) {
  const error = yield* punch(p.file, index)(c);
  set_fault_times(c, FAILSLAB, -1);
  return error;
}

export const waysFile: readonly Way[] = [
  { code: 'SUCCEED', how: 'a few pages and khugepaged', go: scanned(nothing) },
  { code: 'PTE_MAPPED_HUGEPAGE', how: 'MADV_COLLAPSE, of which the table is the second half', errno: '0', go: after(nothing) },
  { code: 'PTE_MAPPED_HUGEPAGE', how: 'READ_ONLY_THP_FOR_FS=y: a program', errno: '0', go: ofProgram(nothing) },
  {
    code: 'FAIL',
    how: 'no memory for the tree of the page cache',
    errno: 'EINVAL',
    go: after((p) => failing(p, FAILSLAB, -1)),
  },
  {
    code: 'FAIL',
    how: 'READ_ONLY_THP_FOR_FS=y: the file is opened for writing meanwhile',
    errno: 'EINVAL',
    go: () => {
      const p = program();
      return { p, errno: error(meanwhile(p, collapse(p), cacheFreed(p, p.file, 1), (c) => openForWriting(c, p.file))) };
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'a private copy in the table, of which only the errno tells',
    errno: 'EINVAL',
    go: () => {
      const p = shared();
      withCopy(p);
      return { p, errno: advise(p, MADV_COLLAPSE, COPY) };
    },
  },
  {
    code: 'FAIL',
    how: 'a private copy in the table, and khugepaged',
    go: () => {
      const p = shared();
      withCopy(p);
      only(p, H0);
      return { p, result: p.run(scanSlot) };
    },
  },
  { code: 'EXCEED_NONE_PTE', how: 'max_ptes_none', go: scanned((p) => void p.set('khugepaged/max_ptes_none', 507)) },
  {
    code: 'EXCEED_NONE_PTE',
    how: 'somebody wants to be asked for missing pages',
    errno: 'EBUSY',
    go: after((p) => void p.run((c) => userfaultfd_register(c, p.mm, NULL, H0, HUGE, UFFDIO_REGISTER_MODE_MISSING))),
  },
  {
    code: 'EXCEED_SWAP_PTE',
    how: 'max_ptes_swap',
    go: scanned((p) => {
      advise(p, MADV_PAGEOUT, H0, 2 * 4096);
      p.set('khugepaged/max_ptes_swap', 1);
    }),
  },
  {
    code: 'PTE_NON_PRESENT',
    how: 'a private copy in swap',
    go: () => {
      const p = shared();
      withCopy(p);
      advise(p, MADV_PAGEOUT, COPY + 4096, 4096);
      only(p, H0);
      return { p, result: p.run(scanSlot) };
    },
  },
  {
    code: 'PTE_UFFD_WP',
    how: 'uffd-wp=y: the table may hold markers',
    go: () => {
      const p = shared(undefined, { uffdWp: true });
      withTable(p);
      only(p, H0);
      p.run((c) => userfaultfd_register(c, p.mm, NULL, COPY, HUGE, UFFDIO_REGISTER_MODE_WP));
      return { p, result: p.run(scanSlot) };
    },
  },
  {
    code: 'PAGE_NULL',
    how: 'the file is truncated before its table is looked at',
    go: beforeTable((p) => (c) => do_truncate(c, p.file, 0)),
  },
  {
    code: 'SCAN_ABORT',
    how: 'NUMA=y: pages of two nodes',
    errno: 'EINVAL',
    go: after((p) => {
      p.k.config.farNode = Math.max(...[0, 1, 2, 3].map((i) => page_to_pfn(cpu0(p), pageAt(p, H0 + i * 4096)))) as Pfn;
    }),
  },
  {
    code: 'PAGE_COUNT',
    how: 'somebody has a reference',
    errno: 'EAGAIN',
    go: () => {
      const p = shared();
      const held = [pageAt(p, H0)];
      p.run((c) => get_page(c, held[0]!));
      return { p, errno: advise(p, MADV_COLLAPSE), held };
    },
  },
  {
    code: 'PAGE_COUNT',
    how: 'somebody takes a reference meanwhile',
    errno: 'EAGAIN',
    go: () => {
      const p = shared();
      const held = [pageAt(p, H0 + 4096)];
      const pin: Program = function* (c) {
        yield* get_page(c, held[0]!);
        return 0;
      };
      return { p, errno: error(meanwhile(p, collapse(p), cacheFreed(p, p.file), pin)), held };
    },
  },
  {
    code: 'PAGE_LOCK',
    how: 'a hole is being punched',
    errno: 'EAGAIN',
    go: () => {
      const p = shared();
      const locked = flips(p, at(pageAt(p, H0 + 4096), page.flags), PG_locked, true);
      return { p, errno: error(around(p, collapse(p), cacheFreed(p, p.file), punch(p.file, 1), locked)) };
    },
  },
  {
    code: 'DEL_PAGE_LRU',
    how: 'a page is being reclaimed',
    errno: 'EAGAIN',
    go: () => {
      const p = shared();
      const reclaim: Program = (c) => madvise(c, p, MADV_PAGEOUT, H0 + 4096, 4096);
      // It has isolated the page, and is to lock it.
      const isolated = released(p, tableLock(p, H0));
      return { p, errno: error(around(p, collapse(p), cacheFreed(p, p.file), reclaim, isolated)) };
    },
  },
  {
    code: 'PAGE_HAS_PRIVATE',
    how: 'READ_ONLY_THP_FOR_FS=y: a journal holds buffers',
    errno: 'EINVAL',
    go: () => {
      const p = program({ filePages: 'buffers' });
      const held = Array.from({ length: 512 }, (_, i) => pageAt(p, H0 + i * 4096));
      return { p, errno: advise(p, MADV_COLLAPSE), held };
    },
  },
  {
    code: 'PAGE_COMPOUND',
    how: 'READ_ONLY_THP_FOR_FS=y: folios of 16 KiB',
    errno: 'EINVAL',
    go: () => {
      const p = program({ filePages: 'large' });
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  { code: 'TRUNCATED', how: 'an empty extent', errno: 'EINVAL', go: after(nothing, {}, []) },
  { code: 'ALLOC_HUGE_PAGE_FAIL', how: 'fail_page_alloc', errno: 'ENOMEM', go: after((p) => failing(p, FAIL_PAGE_ALLOC, -1)) },
  { code: 'CGROUP_CHARGE_FAIL', how: 'failed charge', errno: 'EBUSY', go: after((p) => failing(p, FAIL_MEMCG_CHARGE, 1)) },
  {
    code: 'STORE_FAILED',
    how: 'a hole is punched, and there is no memory to put an entry there',
    errno: 'EINVAL',
    go: between((p) => (c) => failSlab(c, p, 100), 1, [0, 100]),
  },
  {
    code: 'COPY_MC',
    how: 'a poisoned page',
    errno: 'EINVAL',
    go: after((p) => void p.run((c) => poison_page(c, pageAt(p, H0 + 4096)))),
  },
  {
    code: 'PAGE_FILLED',
    how: 'a page is written where there was none',
    errno: 'EAGAIN',
    go: between((p) => (c) => user_store(c, p.mm, H0 + 9 * 4096, 1), 5),
  },
];

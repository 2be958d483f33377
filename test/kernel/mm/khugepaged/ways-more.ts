// SPDX-License-Identifier: GPL-2.0-only
/** Turns that a collapse takes and that its result code does not tell: pages that come and go, what is looked at a second time. */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { user_load, user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { vfs_fallocate } from '../../../../src/kernel/fs/open/vfs_fallocate.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_NOHUGEPAGE,
  MADV_PAGEOUT,
} from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { folio_trylock, folio_unlock } from '../../../../src/kernel/mm/filemap/folio_lock.ts';
import { poison_page } from '../../../../src/kernel/mm/memory-failure/memory_failure.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { lru_add_drain, lru_add_drain_all } from '../../../../src/kernel/mm/swap/lru_add_drain.ts';
import { interleave } from './interleave.ts';
import {
  advise,
  anonymous,
  around,
  cacheFreed,
  collapse,
  error,
  H0,
  HUGE,
  madvise,
  meanwhile,
  mmapFreed,
  type Outcome,
  onBoth,
  type Program,
  pageAt,
  pageLocked,
  punch,
  scanSlot,
  shared,
  type Way,
} from './way.ts';
import { program, type Shared } from './ways-file.ts';

type Release = KernelConfig['release'];

export const told = (p: Shared, main: Program, when: ReturnType<typeof mmapFreed>, other: Program): Outcome => ({
  p,
  errno: error(meanwhile(p, main, when, other)),
});

/** The page goes to the LRU. */
function* readAndDrain(c: Vcpu, p: Shared) {
  yield* user_load(c, p.mm, H0 + 511 * 4096);
  yield* lru_add_drain(c);
  return 0;
}

const inSwap = (release: Release): Shared => {
  const p = shared(undefined, { release });
  advise(p, MADV_PAGEOUT, H0, 4096);
  return p;
};

/** A huge page of anonymous memory that is mapped in pieces. */
const pieces = () => {
  const p = anonymous();
  advise(p, MADV_COLLAPSE);
  advise(p, MADV_DONTNEED, H0 + 300 * 4096, 4096);
  return p;
};

/** khugepaged, and what another CPU does before it takes mmap_lock for writing. */
const scannedAnd = (
  code: string,
  how: string,
  prepare: (p: ReturnType<typeof anonymous>) => unknown,
  other: (p: ReturnType<typeof anonymous>) => Program,
): Way => ({
  code,
  how: `khugepaged: ${how} before mmap_lock is taken for writing`,
  go: () => {
    const p = anonymous();
    prepare(p);
    return { p, result: meanwhile(p, scanSlot, mmapFreed(p, 2), other(p)) };
  },
});

export const waysMore: readonly Way[] = [
  {
    code: 'SUCCEED',
    how: 'a page comes from swap, in 6.1',
    errno: '0',
    go: () => {
      const p = inSwap('6.1');
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'a page comes from swap',
    errno: '0',
    go: () => {
      const p = inSwap('6.6');
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'FAIL',
    how: 'a page in swap is punched out',
    errno: 'EINVAL',
    go: () => {
      const p = inSwap('6.6');
      return told(p, collapse(p), cacheFreed(p, p.file), punch(p.file, 0));
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'pages that fallocate() has made',
    errno: '0',
    go: () => {
      const p = shared();
      p.run((c) => vfs_fallocate(c, p.file, 0, 4 * 4096, 2 * 4096));
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'another CPU has collapsed the file meanwhile',
    errno: '0',
    go: () => {
      const p = shared();
      return told(p, collapse(p), pageLocked(p), collapse(p));
    },
  },
  {
    code: 'FAIL',
    how: 'READ_ONLY_THP_FOR_FS=y: a page is missing',
    errno: 'EINVAL',
    go: () => {
      const p = program({}, 511);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'READ_ONLY_THP_FOR_FS=y: a missing page comes in time',
    errno: '0',
    go: () => {
      const p = onBoth(program({}, 511));
      return told(p, collapse(p), cacheFreed(p, p.file, 512), (c) => readAndDrain(c, p));
    },
  },
  {
    code: 'PAGE_COMPOUND',
    how: 'READ_ONLY_THP_FOR_FS=y: a folio of 16 KiB comes',
    errno: 'EINVAL',
    go: () => {
      const p = onBoth(program({ filePages: 'large' }, 0));
      return told(p, collapse(p), cacheFreed(p, p.file), (c) => user_load(c, p.mm, H0));
    },
  },
  {
    code: 'FAIL',
    how: 'READ_ONLY_THP_FOR_FS=y: a page is dirty',
    errno: 'EINVAL',
    go: () => {
      const p = program({}, 512, 1);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'COPY_MC',
    how: 'READ_ONLY_THP_FOR_FS=y: a poisoned page',
    errno: 'EINVAL',
    go: () => {
      const p = program();
      p.run((c) => poison_page(c, pageAt(p, H0)));
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  scannedAnd(
    'LACK_REFERENCED_PAGE',
    'MADV_COLD',
    () => {},
    (p) => (c) => madvise(c, p, MADV_COLD),
  ),
  scannedAnd(
    'EXCEED_NONE_PTE',
    'MADV_DONTNEED',
    (p) => p.set('khugepaged/max_ptes_none', 508),
    (p) => (c) => madvise(c, p, MADV_DONTNEED, H0, 4096),
  ),
  {
    code: 'EXCEED_SHARED_PTE',
    how: 'fork() before mmap_lock is taken for writing',
    go: () => {
      const p = anonymous();
      p.set('khugepaged/max_ptes_shared', 2);
      const fork: Program = function* (c) {
        return yield* dup_mm(c, p.mm);
      };
      const results = interleave(p, [scanSlot, fork], [[0, mmapFreed(p, 2)], [1], [0]]);
      return { p, result: results[0]!, mms: [results[1] as Ptr] };
    },
  },
  {
    code: 'PAGE_LOCK',
    how: 'somebody locks a page before mmap_lock is taken for writing',
    errno: 'EAGAIN',
    go: () => {
      const p = anonymous();
      const first = pageAt(p, H0);
      const lock: Program = function* (c) {
        yield* folio_trylock(c, first);
        yield* folio_unlock(c, first);
        return 0;
      };
      return { p, errno: error(around(p, collapse(p), mmapFreed(p, 2), lock, pageLocked(p))) };
    },
  },
  {
    code: 'PMD_MAPPED',
    how: 'another CPU collapses before mmap_lock is taken for writing',
    errno: '0',
    go: () => {
      const p = anonymous();
      return { p, errno: error(meanwhile(p, collapse(p), mmapFreed(p, 2), collapse(p))) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'a huge page that is mapped in pieces',
    errno: '0',
    go: () => {
      const p = pieces();
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'EXCEED_NONE_PTE',
    how: 'a huge page that is mapped in pieces, of which too few are left',
    go: () => {
      const p = pieces();
      p.set('khugepaged/max_ptes_none', 1);
      return { p, result: meanwhile(p, scanSlot, mmapFreed(p, 2), (c) => madvise(c, p, MADV_DONTNEED, H0 + 400 * 4096, 4096)) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'zero pages, pages that MADV_FREE has given up, pages in the swap cache',
    errno: '0',
    go: () => {
      const p = anonymous();
      p.load(H0 + 8 * 4096);
      advise(p, MADV_PAGEOUT, H0 + 4096, 4096);
      const mms = [p.run((c) => dup_mm(c, p.mm))];
      p.load(H0 + 4096);
      p.store(H0 + 2 * 4096, 3);
      advise(p, MADV_FREE, H0 + 2 * 4096, 4096);
      p.run((c) => lru_add_drain_all(c));
      return { p, errno: advise(p, MADV_COLLAPSE), mms };
    },
  },
  {
    code: 'SUCCEED',
    how: 'a page from swap, in 6.1',
    errno: '0',
    go: () => {
      const p = anonymous({ release: '6.1' });
      advise(p, MADV_PAGEOUT, H0, 4096);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PAGE_LOCK',
    how: 'a page that comes back from swap on another CPU, in 6.1',
    errno: 'EAGAIN',
    go: () => {
      const p = onBoth(anonymous({ release: '6.1' }));
      advise(p, MADV_PAGEOUT, H0, 4096);
      const mms = [p.run((c) => dup_mm(c, p.mm))];
      p.store(H0 + 4096, 2);
      const touch: Program = (c) => user_store(c, p.mm, H0, 1);
      return { p, errno: error(interleave(p, [touch, collapse(p)], [[0, pageLocked(p, 2)], [1], [0], [1]])[1]!), mms };
    },
  },
  {
    code: 'SUCCEED',
    how: 'MADV_NOHUGEPAGE from the start',
    errno: 'EINVAL',
    go: () => {
      const p = anonymous();
      advise(p, MADV_COLLAPSE);
      advise(p, MADV_NOHUGEPAGE, H0, 2 * HUGE);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'munmap() of the second extent while the first collapses',
    errno: 'EINVAL',
    go: () => {
      const p = anonymous();
      return { p, errno: error(meanwhile(p, collapse(p, H0, 2 * HUGE), mmapFreed(p, 2), (c) => do_munmap(c, p.mm, H0 + HUGE, HUGE))) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'khugepaged/defrag is 0',
    go: () => {
      const p = anonymous();
      p.set('khugepaged/defrag', 0);
      return { p, result: p.run(scanSlot) };
    },
  },
];

// SPDX-License-Identifier: GPL-2.0-only
/** How each result code of anonymous memory comes about. */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Pfn } from '../../../../mmu/types.ts';
import { user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import {
  UFFDIO_REGISTER_MODE_MISSING,
  UFFDIO_REGISTER_MODE_WP,
  userfaultfd_register,
} from '../../../../src/kernel/fs/userfaultfd/userfaultfd_register.ts';
import { page_to_pfn } from '../../../../src/kernel/include/linux/mm/page.ts';
import { vm_area_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { get_page } from '../../../../src/kernel/include/linux/page_ref.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_PAGEOUT,
  MAP_FIXED,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import { mmput } from '../../../../src/kernel/kernel/fork/mmput.ts';
import { FAIL_MEMCG_CHARGE, FAIL_PAGE_ALLOC } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { poison_page } from '../../../../src/kernel/mm/memory-failure/memory_failure.ts';
import { vm_mmap_pgoff } from '../../../../src/kernel/mm/mmap/do_mmap.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { find_vma } from '../../../../src/kernel/mm/mmap/find_vma.ts';
import { do_mprotect } from '../../../../src/kernel/mm/mprotect/do_mprotect.ts';
import { shmem_file_setup } from '../../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { mwriteprotect_range } from '../../../../src/kernel/mm/userfaultfd/mfill_atomic_copy.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { interleave, released } from './interleave.ts';
import type { Process } from './process.ts';
import {
  advise,
  anonymous,
  collapse,
  cpu0,
  error,
  failing,
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
  scanSlot,
  tableLock,
  type Way,
} from './way.ts';

const RW = PROT_READ | PROT_WRITE;

/** MADV_COLLAPSE of anonymous memory after `prepare`. */
const after =
  (prepare: (p: Process) => void, address = H0): (() => Outcome) =>
  () => {
    const p = anonymous();
    prepare(p);
    return { p, errno: advise(p, MADV_COLLAPSE, address) };
  };

/** khugepaged's look at it after `prepare`. */
const scanned =
  (prepare: (p: Process) => void): (() => Outcome) =>
  () => {
    const p = anonymous();
    prepare(p);
    return { p, result: p.run(scanSlot) };
  };

/** What another CPU does the n-th time that the collapse has dropped mmap_lock: for the huge page, and before it takes it for writing. */
const between =
  (other: (p: Process) => Program, n = 1): (() => Outcome) =>
  () => {
    const p = onBoth(anonymous());
    return { p, errno: error(meanwhile(p, collapse(p), mmapFreed(p, n), other(p))) };
  };

function* unmapAndMap(c: Vcpu, p: Process): Code<number> {
  const file = yield* shmem_file_setup(c, HUGE, 0);
  return yield* vm_mmap_pgoff(c, p.mm, file, H0, HUGE, RW, MAP_SHARED | MAP_FIXED, 0);
}

function* exit(c: Vcpu, p: Process): Code<number> {
  yield* mmput(c, p.mm);
  return 0;
}

function protect(mode: number, p: Process): void {
  p.run((c) => userfaultfd_register(c, p.mm, 0 as never, H0, HUGE, mode));
}

const ctxOf = (p: Process) => p.m.mem.words[at(find_vma(cpu0(p), p.mm, H0), vm_area_struct.userfaultfd_ctx)]! as never;

export const waysAnon: readonly Way[] = [
  { code: 'SUCCEED', how: 'a few pages', errno: '0', go: after(() => {}) },
  { code: 'PMD_MAPPED', how: 'a huge page already', errno: '0', go: after((p) => void advise(p, MADV_COLLAPSE)) },
  { code: 'PMD_NONE', how: 'no table', errno: 'EINVAL', go: after(() => {}, H0 + HUGE) },
  {
    code: 'PMD_NULL',
    how: 'no page directory',
    errno: 'EINVAL',
    go: after((p) => {
      p.mmap(0x80000000, HUGE);
      p.fill(0x80000000, 1);
      p.run((c) => do_munmap(c, p.mm, 0x80000000, HUGE)); // and with it the page directory of the third gigabyte
      p.mmap(0x80000000 - HUGE, 2 * HUGE);
      p.fill(0x80000000 - HUGE, 1);
    }, 0x80000000),
  },
  { code: 'EXCEED_NONE_PTE', how: 'max_ptes_none', go: scanned((p) => void p.set('khugepaged/max_ptes_none', 507)) },
  {
    code: 'EXCEED_NONE_PTE',
    how: 'somebody wants to be asked for missing pages',
    errno: 'EBUSY',
    go: after((p) => protect(UFFDIO_REGISTER_MODE_MISSING, p)),
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
    code: 'EXCEED_SHARED_PTE',
    how: 'max_ptes_shared',
    go: () => {
      const p = anonymous();
      const mms = [p.run((c) => dup_mm(c, p.mm))];
      p.set('khugepaged/max_ptes_shared', 2);
      return { p, result: p.run(scanSlot), mms };
    },
  },
  {
    code: 'PTE_NON_PRESENT',
    how: 'a page is swapped out before mmap_lock is taken for writing',
    errno: 'EINVAL',
    go: between((p) => (c) => madvise(c, p, MADV_PAGEOUT, H0, 4096), 2),
  },
  {
    code: 'PTE_UFFD_WP',
    how: 'uffd-wp=y: a page is write-protected',
    errno: 'EINVAL',
    go: () => {
      const p = anonymous({ uffdWp: true });
      protect(UFFDIO_REGISTER_MODE_WP, p);
      p.run((c) => mwriteprotect_range(c, ctxOf(p), H0, 4096, true));
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PTE_UFFD_WP',
    how: 'uffd-wp=y: a page is write-protected before mmap_lock is taken for writing',
    errno: 'EINVAL',
    go: () => {
      const p = anonymous({ uffdWp: true });
      protect(UFFDIO_REGISTER_MODE_WP, p);
      p.fill(H0, 512); // where a page may be missing, somebody is to be asked
      return {
        p,
        errno: error(meanwhile(p, collapse(p), mmapFreed(p, 2), (c) => mwriteprotect_range(c, ctxOf(p), H0, 4096, true))),
      };
    },
  },
  {
    code: 'PTE_UFFD_WP',
    how: 'uffd-wp=y: a page in swap is write-protected',
    errno: 'EINVAL',
    go: () => {
      const p = anonymous({ uffdWp: true });
      protect(UFFDIO_REGISTER_MODE_WP, p);
      advise(p, MADV_PAGEOUT, H0, 4096);
      p.run((c) => mwriteprotect_range(c, ctxOf(p), H0, 4096, true));
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PAGE_RO',
    how: 'mprotect(PROT_READ)',
    errno: 'EINVAL',
    go: after((p) => void p.run((c) => do_mprotect(c, p.mm, H0, 2 * HUGE, PROT_READ))),
  },
  {
    code: 'PAGE_RO',
    how: 'mprotect(PROT_READ) before mmap_lock is taken for writing',
    errno: 'EINVAL',
    go: between((p) => (c) => do_mprotect(c, p.mm, H0, 2 * HUGE, PROT_READ), 2),
  },
  { code: 'LACK_REFERENCED_PAGE', how: 'MADV_COLD', go: scanned((p) => void advise(p, MADV_COLD)) },
  {
    code: 'LACK_REFERENCED_PAGE',
    how: 'fewer than half in use where some are in swap',
    go: scanned((p) => void advise(p, MADV_PAGEOUT, H0, 4096)),
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
      const p = anonymous();
      const held = [pageAt(p, H0)];
      p.run((c) => get_page(c, held[0]!));
      return { p, errno: advise(p, MADV_COLLAPSE), held };
    },
  },
  {
    code: 'PAGE_COUNT',
    how: 'somebody takes a reference before mmap_lock is taken for writing',
    errno: 'EAGAIN',
    go: () => {
      const p = anonymous();
      const held = [pageAt(p, H0)];
      const pin: Program = function* (c) {
        yield* get_page(c, held[0]!);
        return 0;
      };
      return { p, errno: error(meanwhile(p, collapse(p), mmapFreed(p, 2), pin)), held };
    },
  },
  {
    code: 'PAGE_LRU',
    how: 'a page that has come since the lists were drained',
    errno: 'EAGAIN',
    go: () => {
      const p = onBoth(anonymous());
      advise(p, MADV_NOHUGEPAGE, H0 + HUGE);
      p.fill(H0 + HUGE, 1);
      advise(p, MADV_HUGEPAGE, H0 + HUGE);
      const both = collapse(p, H0, 2 * HUGE);
      return { p, errno: error(meanwhile(p, both, mmapFreed(p), (c) => user_store(c, p.mm, H0 + HUGE + 4096, 1))) };
    },
  },
  {
    code: 'PAGE_LRU',
    how: 'a page that is being reclaimed',
    errno: 'EAGAIN',
    go: () => {
      const p = anonymous();
      const isolated = released(p, tableLock(p, H0));
      const reclaim: Program = (c) => madvise(c, p, MADV_PAGEOUT, H0, 4096);
      return { p, errno: error(interleave(p, [reclaim, collapse(p)], [[0, isolated], [1], [0]])[1]!) };
    },
  },
  {
    code: 'PAGE_LOCK',
    how: 'a page that comes back from swap on another CPU',
    errno: 'EAGAIN',
    go: () => {
      const p = anonymous();
      advise(p, MADV_PAGEOUT, H0, 4096);
      const mms = [p.run((c) => dup_mm(c, p.mm))]; // a page of two comes by the swap cache
      p.store(H0 + 4096, 2); // one that may be written
      const touch: Program = (c) => user_store(c, p.mm, H0, 1);
      return { p, errno: error(interleave(p, [touch, collapse(p)], [[0, pageLocked(p, 2)], [1], [0], [1]])[1]!), mms };
    },
  },
  { code: 'PAGE_ANON', how: 'a file is mapped there meanwhile', errno: 'EINVAL', go: between((p) => (c) => unmapAndMap(c, p)) },
  {
    code: 'ANY_PROCESS',
    how: 'the process exits meanwhile',
    go: () => {
      const p = anonymous();
      return { p, result: meanwhile(p, scanSlot, mmapFreed(p), (c) => exit(c, p)), mms: [] };
    },
  },
  { code: 'VMA_NULL', how: 'munmap()', errno: 'EINVAL', go: between((p) => (c) => do_munmap(c, p.mm, H0, 2 * HUGE)) },
  { code: 'VMA_CHECK', how: 'MADV_NOHUGEPAGE', errno: 'EINVAL', go: between((p) => (c) => madvise(c, p, MADV_NOHUGEPAGE)) },
  {
    code: 'VMA_CHECK',
    how: 'MADV_NOHUGEPAGE before mmap_lock is taken for writing',
    errno: 'EINVAL',
    go: between((p) => (c) => madvise(c, p, MADV_NOHUGEPAGE), 2),
  },
  {
    code: 'ADDRESS_RANGE',
    how: 'munmap() of a part',
    errno: 'EINVAL',
    go: between((p) => (c) => do_munmap(c, p.mm, H0, 4096)),
  },
  {
    code: 'ALLOC_HUGE_PAGE_FAIL',
    how: 'fail_page_alloc',
    errno: 'ENOMEM',
    go: after((p) => failing(p, FAIL_PAGE_ALLOC, -1)),
  },
  {
    code: 'CGROUP_CHARGE_FAIL',
    how: 'failed charge',
    errno: 'EBUSY',
    go: after((p) => failing(p, FAIL_MEMCG_CHARGE, 1)),
  },
  {
    code: 'COPY_MC',
    how: 'a poisoned page',
    errno: 'EINVAL',
    go: after((p) => void p.run((c) => poison_page(c, pageAt(p, H0 + 4096)))),
  },
];

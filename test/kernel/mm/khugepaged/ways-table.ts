// SPDX-License-Identifier: GPL-2.0-only
/** What becomes of page tables that map a huge page in small pieces, in each release. */
import { NULL } from '../../../../mmu/types.ts';
import { user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import {
  UFFDIO_REGISTER_MODE_MISSING,
  UFFDIO_REGISTER_MODE_WP,
  userfaultfd_register,
} from '../../../../src/kernel/fs/userfaultfd/userfaultfd_register.ts';
import { file_mapping } from '../../../../src/kernel/include/linux/fs.ts';
import { nth_page } from '../../../../src/kernel/include/linux/mm/page.ts';
import { vm_area_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { MADV_COLLAPSE, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { find_lock_page } from '../../../../src/kernel/mm/filemap/filemap_get_folio.ts';
import { folio_unlock } from '../../../../src/kernel/mm/filemap/folio_lock.ts';
import { khugepaged_do_scan } from '../../../../src/kernel/mm/khugepaged/khugepaged_do_scan.ts';
import { poison_page } from '../../../../src/kernel/mm/memory-failure/memory_failure.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { find_vma } from '../../../../src/kernel/mm/mmap/find_vma.ts';
import { shmem_file_setup } from '../../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { put_page } from '../../../../src/kernel/mm/swap/put_page.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { looked, released, type When } from './interleave.ts';
import { startProcess } from './process.ts';
import {
  advise,
  collapse,
  cpu0,
  error,
  H0,
  HUGE,
  madvise,
  meanwhile,
  mmapFreed,
  type Outcome,
  onBoth,
  type Program,
  punch,
  scanSlot,
  shared,
  tableLock,
  type Way,
} from './way.ts';
import { COPY, only, type Shared, withCopy, withTable } from './ways-file.ts';

type Release = KernelConfig['release'];

/** Reads back what the file has. */
const whole = (o: Outcome, base = COPY): Outcome => {
  for (let i = 0; i < 6; i++) {
    const got = o.p.load(base + i * 4096);
    if (got !== (i < 4 ? i + 1 : 0)) throw new Error(`page ${i} reads as ${got}`);
  }
  return o;
};

const tableOf = (release: Release, prepare: (p: Shared) => void = () => {}): Shared => {
  const p = shared(undefined, { release, uffdWp: true });
  withTable(p);
  prepare(p);
  return onBoth(p);
};

const missing = (p: Shared): void => void p.run((c) => userfaultfd_register(c, p.mm, NULL, COPY, HUGE, UFFDIO_REGISTER_MODE_MISSING));

/** MADV_COLLAPSE of the table, while another CPU does something. */
const raced = (p: Shared, when: When, other: Program): Outcome => ({ p, errno: error(meanwhile(p, collapse(p, COPY), when, other)) });

const write =
  (p: Shared, index: number): Program =>
  (c) =>
    user_store(c, p.mm, COPY + index * 4096, 5);

/** A way that ends in what MADV_COLLAPSE says; all of them begin with a look at the file that finds the huge page. */
const way = (how: string, errno: string, go: () => Outcome): Way => ({ code: 'PTE_MAPPED_HUGEPAGE', how, errno, go });

/** Another mapping of the file, which has never been touched. */
function untouched(p: Shared, bytes = HUGE, address = COPY): void {
  p.mmap(address, bytes, p.file, 0, true);
  advise(p, MADV_HUGEPAGE, address, bytes);
}

const every = (release: Release): Way[] => [
  way(`a table becomes one entry, in ${release}`, '0', () => {
    const p = tableOf(release);
    return whole({ p, errno: advise(p, MADV_COLLAPSE, COPY) });
  }),
  {
    code: 'SUCCEED',
    how: `khugepaged takes a table away, in ${release}`,
    go: () => {
      const p = tableOf(release);
      only(p, H0);
      const result = p.run(scanSlot);
      p.run((c) => khugepaged_do_scan(c)); // up to v6.5 it is the second look that takes it
      return whole({ p, result });
    },
  },
  {
    code: 'SUCCEED',
    how: `khugepaged finds the huge page mapped, in ${release}`,
    go: () => {
      const p = shared(undefined, { release });
      advise(p, MADV_COLLAPSE);
      return whole({ p, result: p.run(scanSlot) }, H0);
    },
  },
  way(`there was no table, in ${release}`, '0', () => {
    const p = shared(undefined, { release });
    untouched(p, HUGE / 2, COPY + 2 * HUGE); // nor is there room for a huge page here
    untouched(p);
    advise(p, MADV_COLLAPSE);
    return whole({ p, errno: advise(p, MADV_COLLAPSE, COPY) });
  }),
  way(`there was no page directory, in ${release}`, 'EINVAL', () => {
    const p = shared(undefined, { release });
    p.mmap(0x80000000, HUGE);
    p.fill(0x80000000, 1);
    p.run((c) => do_munmap(c, p.mm, 0x80000000, HUGE));
    untouched(p, HUGE, 0x80000000);
    advise(p, MADV_COLLAPSE);
    return whole({ p, errno: advise(p, MADV_COLLAPSE, 0x80000000) }, 0x80000000);
  }),
  way(`a part of the huge page is poisoned, in ${release}`, 'EINVAL', () => {
    const p = shared(undefined, { release });
    untouched(p);
    advise(p, MADV_COLLAPSE);
    p.run(function* (c) {
      const head = yield* find_lock_page(c, file_mapping(c, p.file), 0);
      yield* poison_page(c, nth_page(c, head, 9));
      yield* folio_unlock(c, head);
      yield* put_page(c, head);
    });
    return { p, errno: advise(p, MADV_COLLAPSE, COPY) };
  }),
  way(`MADV_NOHUGEPAGE meanwhile, in ${release}`, 'EINVAL', () => {
    const p = tableOf(release);
    return whole(raced(p, mmapFreed(p), (c) => madvise(c, p, MADV_NOHUGEPAGE, COPY)));
  }),
  way(`munmap() meanwhile, in ${release}`, 'EINVAL', () => {
    const p = tableOf(release);
    return raced(p, mmapFreed(p), (c) => do_munmap(c, p.mm, COPY, HUGE));
  }),
  {
    code: 'SUCCEED',
    how: `a first private copy comes while tables are taken away, in ${release}`,
    go: () => {
      const p = shared(undefined, { release });
      p.mmap(COPY, HUGE, p.file, 0, false);
      p.load(COPY);
      onBoth(p);
      const anon_vma = at(find_vma(cpu0(p), p.mm, COPY), vm_area_struct.anon_vma);
      const result = meanwhile(p, scanSlot, looked(anon_vma), write(p, 9));
      if (p.load(COPY + 9 * 4096) !== 5) throw new Error('the copy is lost');
      return { p, result };
    },
  },
];

export const waysTable: readonly Way[] = [
  ...every('6.1'),
  ...every('6.5'),
  ...every('6.6'),
  way('a user wants to be asked for missing pages', '0', () => {
    const p = tableOf('6.6', missing);
    return { p, errno: advise(p, MADV_COLLAPSE, COPY) };
  }),
  ...[0, 2].map((index) =>
    way(`page ${index} is copied on write between the two looks at the table`, 'EINVAL', () => {
      const p = tableOf('6.6');
      return raced(p, released(p, tableLock(p, COPY)), write(p, index));
    }),
  ),
  way('the same, and a user wants to be asked for missing pages', 'EINVAL', () => {
    const p = tableOf('6.6', missing);
    return raced(p, released(p, tableLock(p, COPY)), write(p, 2));
  }),
  {
    code: 'VMA_CHECK',
    how: 'MADV_NOHUGEPAGE while khugepaged looks at the file',
    go: () => {
      const p = tableOf('6.6');
      only(p, H0);
      return { p, result: meanwhile(p, scanSlot, mmapFreed(p), (c) => madvise(c, p, MADV_NOHUGEPAGE, COPY)) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'the wait for gup_fast comes after the locks have been dropped',
    go: () => {
      const p = shared(undefined, { sync: 'after-unlock' });
      return whole({ p, result: p.run(scanSlot) }, H0);
    },
  },
  {
    code: 'SUCCEED',
    how: 'a table that may hold markers is left, in 6.5',
    go: () => {
      const p = shared(undefined, { release: '6.5', uffdWp: true });
      untouched(p);
      p.load(COPY);
      p.run((c) => userfaultfd_register(c, p.mm, NULL, COPY, HUGE, UFFDIO_REGISTER_MODE_WP));
      return whole({ p, result: p.run(scanSlot) });
    },
  },
  way("9 times a table that is nobody's target, of which khugepaged remembers 8, in 6.5", '0', () => {
    const p = shared([0], { release: '6.5' });
    untouched(p);
    let errno = '';
    for (let i = 0; i < 9; i++) {
      p.run(punch(p.file, 0, 512));
      p.store(H0, 1);
      p.load(COPY);
      errno = advise(p, MADV_COLLAPSE);
    }
    return { p, errno };
  }),
  {
    code: 'SUCCEED',
    how: 'the same, of a process that khugepaged does not know',
    errno: '0',
    go: () => {
      const p = startProcess({ release: '6.5' });
      const file = p.run((c) => shmem_file_setup(c, HUGE, 0));
      p.mmap(H0, HUGE, file, 0, true);
      p.fill(H0, 4);
      p.mmap(COPY, HUGE, file, 0, true);
      p.load(COPY);
      return whole({ p, errno: advise(p, MADV_COLLAPSE) });
    },
  },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'a private copy stays at the second look too, of which nobody is told, in 6.5',
    go: () => {
      const p = shared(undefined, { release: '6.5' });
      withCopy(p);
      only(p, H0);
      p.run(scanSlot);
      p.run((c) => khugepaged_do_scan(c));
      if (p.load(COPY + 4096) !== 77) throw new Error('the copy is lost');
      return { p };
    },
  },
];

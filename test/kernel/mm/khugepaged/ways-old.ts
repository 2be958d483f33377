// SPDX-License-Identifier: GPL-2.0-only
/** How files come to their result codes where v6.1 and v6.5 do it otherwise. */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { get_page } from '../../../../src/kernel/include/linux/page_ref.ts';
import { MADV_COLLAPSE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { FAIL_PAGE_ALLOC, FAILSLAB, set_fault_times } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { advise, cacheFreed, collapse, failing, H0, type Program, pageAt, punch, shared, type Way } from './way.ts';
import { openForWriting, program } from './ways-file.ts';

import { told } from './ways-more.ts';

type Release = KernelConfig['release'];

const pin = (of: Ptr): Program =>
  function* (c) {
    yield* get_page(c, of);
    return 0;
  };

function* failSlab(c: Vcpu, file: Ptr) {
  const err = yield* punch(file, 100)(c);
  set_fault_times(c, FAILSLAB, -1);
  return err;
}

/** Files in v6.1 and v6.5. */
const old = (release: Release): Way[] => [
  {
    code: 'TRUNCATED',
    how: `an empty extent, in ${release}`,
    errno: 'EINVAL',
    go: () => {
      const p = shared([], { release });
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'SUCCEED',
    how: `the first page is missing, in ${release}`,
    errno: '0',
    go: () => {
      const p = shared([3], { release });
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'FAIL',
    how: `no memory for the tree of the page cache, in ${release}`,
    errno: 'EINVAL',
    go: () => {
      const p = shared(undefined, { release });
      failing(p, FAILSLAB, -1);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'PAGE_COUNT',
    how: `somebody takes a reference behind a hole, in ${release}`,
    errno: 'EAGAIN',
    go: () => {
      const p = shared([0, 5, 9], { release });
      const held = [pageAt(p, H0 + 5 * 4096)];
      return { ...told(p, collapse(p), cacheFreed(p, p.file), pin(held[0]!)), held };
    },
  },
  {
    code: 'STORE_FAILED',
    how: `a hole is punched, and there is no memory for an entry, in ${release}`,
    errno: 'EINVAL',
    go: () => {
      const p = shared([0, 100], { release });
      return told(p, collapse(p), cacheFreed(p, p.file), (c) => failSlab(c, p.file));
    },
  },
];

export const waysOld: readonly Way[] = [
  ...old('6.1'),
  ...old('6.5'),
  {
    code: 'SUCCEED',
    how: 'READ_ONLY_THP_FOR_FS=y: a program, in 6.1',
    errno: '0',
    go: () => {
      const p = program({ release: '6.1' });
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'FAIL',
    how: 'READ_ONLY_THP_FOR_FS=y: the file is opened for writing meanwhile, in 6.1',
    errno: 'EINVAL',
    go: () => {
      const p = program({ release: '6.1' });
      return told(p, collapse(p), cacheFreed(p, p.file), (c) => openForWriting(c, p.file));
    },
  },
  {
    code: 'ALLOC_HUGE_PAGE_FAIL',
    how: 'fail_page_alloc, in 6.1',
    errno: 'ENOMEM',
    go: () => {
      const p = shared(undefined, { release: '6.1' });
      failing(p, FAIL_PAGE_ALLOC, -1);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
];

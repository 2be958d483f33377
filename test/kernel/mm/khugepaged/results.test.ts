// SPDX-License-Identifier: GPL-2.0-only
/** What memory holds after a collapse, in each release, and what the caller is told of each result code. Time budget: 5 s. */
import { describe, expect, test } from 'vitest';
import { peek } from '../../../../cpu/ops.ts';
import { mm_find_pmd } from '../../../../src/kernel/include/linux/mm.ts';
import { MADV_COLLAPSE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { madvise_collapse_errno } from '../../../../src/kernel/mm/khugepaged/madvise_collapse.ts';
import * as scan from '../../../../src/kernel/mm/khugepaged/scan_result.ts';
import { type Process, startProcess } from './process.ts';
import { advise, anonymous, cpu0, error, H0, shared } from './way.ts';

const RELEASES = ['6.1', '6.5', '6.6'] as const;

const words = (p: Process): number[] => [0, 1, 2, 3, 4, 5].map((i) => p.load(H0 + i * 4096));
const FILLED = [1, 2, 3, 4, 0, 0];

describe.each(RELEASES)('in %s', (release) => {
  test('a few anonymous pages become a huge one', () => {
    const p = anonymous({ release });
    expect(advise(p, MADV_COLLAPSE)).toBe('0');
    expect(p.statuses()).toEqual([
      'mm_collapse_huge_page_isolate succeeded',
      'mm_collapse_huge_page succeeded',
      'mm_khugepaged_scan_pmd succeeded',
    ]);
    expect(words(p)).toEqual(FILLED);
    expect(advise(p, MADV_COLLAPSE)).toBe('0');
    expect(p.statuses()).toEqual(['mm_khugepaged_scan_pmd page_pmd_mapped']);
  });

  test('a few pages of a file and holes become a huge page, mapped at once', () => {
    const p = shared(undefined, { release });
    p.statuses();
    expect(advise(p, MADV_COLLAPSE)).toBe('0');
    expect(p.statuses().at(-1)).toBe(`mm_khugepaged_scan_file ${release === '6.6' ? 'pte_mapped_hugepage' : 'succeeded'}`);
    expect(words(p)).toEqual(FILLED);
    expect(advise(p, MADV_COLLAPSE)).toBe('0');
  });

  test('khugepaged leaves the range of a file unmapped', () => {
    const p = shared(undefined, { release });
    p.khugepaged();
    const pmd = mm_find_pmd(cpu0(p), p.mm, H0);
    expect(peek(cpu0(p), pmd)).toBe(0);
    expect(words(p)).toEqual(FILLED);
    expect(peek(cpu0(p), pmd) & 0x80).toBe(0x80);
  });
});

test('what a caller is told', () => {
  for (const release of ['6.1', '6.6'] as const) {
    const p = startProcess({ release });
    const told = (code: number): string => error(madvise_collapse_errno(cpu0(p), code));
    for (const [name, code] of Object.entries(scan)) {
      const expected =
        code === scan.SCAN_ALLOC_HUGE_PAGE_FAIL
          ? 'ENOMEM'
          : code === scan.SCAN_CGROUP_CHARGE_FAIL || (code === scan.SCAN_EXCEED_NONE_PTE && release === '6.6')
            ? 'EBUSY'
            : ['SCAN_PAGE_COUNT', 'SCAN_PAGE_LOCK', 'SCAN_PAGE_LRU', 'SCAN_DEL_PAGE_LRU', 'SCAN_PAGE_FILLED'].includes(name)
              ? 'EAGAIN'
              : 'EINVAL';
      expect(told(code), name).toBe(expected);
    }
  }
});

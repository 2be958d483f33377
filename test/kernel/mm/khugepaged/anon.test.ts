// SPDX-License-Identifier: GPL-2.0-only
/** Anonymous memory is collapsed, or is not. Time budget: 10 s. */
import { expect, test } from 'vitest';
import { H0, HUGE, startProcess } from './process.ts';

test('MADV_COLLAPSE keeps the contents', () => {
  const p = startProcess();
  p.mmap(H0, 2 * HUGE);
  p.fill(H0, 512);
  expect(p.collapse(H0)).toBe(0);
  expect(p.statuses()).toEqual([
    'mm_collapse_huge_page_isolate succeeded',
    'mm_collapse_huge_page succeeded',
    'mm_khugepaged_scan_pmd succeeded',
  ]);
  for (const i of [0, 1, 100, 511]) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  expect(p.collapse(H0)).toBe(0);
  expect(p.statuses()).toEqual(['mm_khugepaged_scan_pmd page_pmd_mapped']);
});

// SPDX-License-Identifier: GPL-2.0-only
/** What a study may take away from khugepaged matters to other CPUs alone: one CPU by itself collapses as before. Time budget: 5 s. */
import { expect, test } from 'vitest';
import { allGuards } from '../../../../src/kernel/guards.ts';
import { MADV_COLLAPSE, MADV_PAGEOUT } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { mmput } from '../../../../src/kernel/kernel/fork/mmput.ts';
import type { Process } from './process.ts';
import { advise, anonymous, H0, shared } from './way.ts';
import { COPY, withTable } from './ways-file.ts';

/** All of khugepaged's at once. */
function unguarded<T extends Process>(p: T): T {
  p.m.guardsOff = new Set(
    allGuards()
      .filter((g) => g.file === 'mm/khugepaged.c')
      .map((g) => g.id),
  );
  return p;
}

const reads = (p: Process, base: number): number[] => [0, 1, 2, 3, 4].map((i) => p.load(base + i * 4096));

test('anonymous memory', () => {
  const p = unguarded(anonymous());
  expect(advise(p, MADV_COLLAPSE)).toBe('0');
  expect(reads(p, H0)).toEqual([1, 2, 3, 4, 0]);
});

test('anonymous memory in part, and no collapse', () => {
  const p = unguarded(anonymous());
  advise(p, MADV_PAGEOUT, H0, 4096);
  p.set('khugepaged/max_ptes_swap', 0);
  p.khugepaged();
  expect(reads(p, H0)).toEqual([1, 2, 3, 4, 0]);
});

test.each(['6.1', '6.5', '6.6'] as const)('a file, in %s', (release) => {
  const p = unguarded(shared(undefined, { release }));
  expect(advise(p, MADV_COLLAPSE)).toBe('0');
  expect(reads(p, H0)).toEqual([1, 2, 3, 4, 0]);
});

test('the table of a file', () => {
  const p = shared();
  withTable(p);
  expect(advise(unguarded(p), MADV_COLLAPSE, COPY)).toBe('0');
  expect(reads(p, COPY)).toEqual([1, 2, 3, 4, 0]);
  p.run((c) => mmput(c, p.mm));
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whole collapses, explored: the small spaces to their end, and each synchronisation step that keeps one of them right is seen to matter.
 * Time budget: 25 s.
 */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { verdictOf } from '../retract/cells.ts';

const holds = { verdict: 'holds', complete: true, note: null, blocked: 0 };

describe('every execution holds', () => {
  test.each(['none', 'write-fault', 'load', 'store', 'gup', 'dontneed', 'dontneed-page', 'fork', 'munmap'])(
    'of anonymous memory against %s, by MADV_COLLAPSE',
    (against) => {
      expect(verdictOf('collapse-anon', { against })).toMatchObject(holds);
    },
  );

  test('of a file, alone', () => {
    expect(verdictOf('collapse-file', { against: 'none' })).toMatchObject(holds);
    expect(verdictOf('collapse-file', { against: 'none', by: 'khugepaged' })).toMatchObject(holds);
  });

  test.each<Config>([
    { against: 'fork' },
    { against: 'munmap' },
    { against: 'uffd', mapping: 'private' },
    { against: 'store', release: '6.5' },
  ])('of a table that maps a huge page in pieces: %o', (config) => {
    expect(verdictOf('collapse-pte-mapped', config)).toMatchObject(holds);
  });
});

describe('without one step', () => {
  test.each<[string, string, Config, string[]]>([
    ['collapse-flush', 'collapse-anon', { against: 'store' }, ['collapse-flush']],
    ['collapse-page-count', 'collapse-file', { against: 'gup' }, ['collapse-page-count']],
    ['collapse-unmap-flush', 'collapse-file', { against: 'store' }, ['collapse-unmap-flush']],
    ['retry-entries', 'collapse-file', { against: 'write-fault' }, ['retry-entries']],
    ['collapse-flush, of a file', 'collapse-pte-mapped', { against: 'load' }, ['collapse-flush']],
    ['pte-mapped-second-check', 'collapse-pte-mapped', { against: 'uffd', mapping: 'private' }, ['pte-mapped-second-check']],
    ['pte-mapped-uffd-pml', 'collapse-pte-mapped', { against: 'uffd', mapping: 'private' }, ['pte-mapped-uffd-pml']],
  ])('%s', (_, scenario, config, without) => {
    expect(verdictOf(scenario, config, without).verdict).toBe('violated');
  });

  test('where a flush waits for nobody, gup_fast is kept out by its second look at the pmd, or by the wait for it: one is enough', () => {
    const against: Config = { against: 'gup', flush: 'hypercall' };
    expect(verdictOf('collapse-anon', against, ['gup-pmd-recheck']).verdict).toBe('holds');
    expect(verdictOf('collapse-anon', against, ['gup-pmd-recheck', 'collapse-table-sync']).verdict).toBe('violated');
  });
});

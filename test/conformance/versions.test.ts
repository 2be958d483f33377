// SPDX-License-Identifier: GPL-2.0-only
/**
 * Other releases against what 6.1 was recorded to do: each difference is attributed to an upstream change, and what comes with a change that it does not
 * belong to is noticed. docs/kernel-versions.md says the same as the data. All cases: test/cli/conformance-collapse.long.test.ts. Budget: 8 s.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attribute } from '../../src/conformance/collapse/attribute.ts';
import { ATTRIBUTED, kindOf } from '../../src/conformance/collapse/attributed.ts';
import { ChangeTally } from '../../src/conformance/collapse/change-tally.ts';
import type { LevelDifference } from '../../src/conformance/collapse/levels.ts';
import { Machines, runCase } from '../../src/conformance/collapse/run-case.ts';
import { CHANGES, type Change, type Changes, changesOf } from '../../src/kernel/changes.ts';
import { DEFAULTS } from '../../src/workload/world.ts';
import { caseNamed } from './collapse-cases.ts';

const machines = new Machines({ ...DEFAULTS, release: '6.6' });

describe('with kernel=6.6', () => {
  test.each<[string, Change[]]>([
    ['shmem.madvise.in_cache_not_mapped', ['1d65b771bc08']],
    ['ipi.anon.madvise.idle1', ['3ef938c35035']],
  ])('%s differs by %j', (id, changes) => {
    const record = caseNamed(id);
    const tally = new ChangeTally();
    const found = attribute('6.6', (set) => runCase(machines, record, set).found);
    const why = found.map((one) => tally.add(id, one, null));
    expect(why).not.toContain(null);
    for (const change of changes) expect(why).toContain(change);
  });
});

const difference = (where: string, actual: unknown, level: LevelDifference['level'] = 'L2'): LevelDifference => ({
  level,
  where,
  expected: 0,
  actual,
});

describe('a difference', () => {
  const run =
    (differencesOf: (set: Changes) => LevelDifference[]) =>
    (set: Changes): LevelDifference[] =>
      differencesOf(set);

  test('belongs to the last change with which it came up as it is', () => {
    const found = attribute(
      '6.6',
      run((set) => {
        if (set.has('1d65b771bc08')) return [difference('a: status', set.has('3ef938c35035') ? 1 : 2), difference('b: status', 1)];
        return set.has('ac492b9c70ca') ? [difference('a: status', 3)] : [];
      }),
    );
    expect(found.map(({ change }) => change)).toEqual(['3ef938c35035', '1d65b771bc08']);
  });

  test('that 6.1 has too belongs to none', () => {
    const same = difference('a: status', 1);
    expect(attribute('6.6', () => [same])).toEqual([{ difference: same, change: null }]);
  });

  test.each<[string, Change | null, LevelDifference, string | null, string | null]>([
    ['of a kind that the change makes', '1d65b771bc08', difference('ops[1] snap: P1: dPTE', 1, 'L3'), null, '1d65b771bc08'],
    ['of another kind', '1d65b771bc08', difference('ops[1] read P0 H0 1: bad', 1, 'L1'), null, null],
    ['of another kind, in a case that cannot agree', '1d65b771bc08', difference('ops[1] read P0 H0 1: bad', 1, 'L1'), 'why', null],
    ['of a change that should not show', '509f006932de', difference('ops[1] snap: P1: dPTE', 1, 'L3'), null, null],
    ['of none', null, difference('ops[1] snap: P1: dPTE', 1, 'L3'), null, null],
    ['of none, in a case that cannot agree', null, difference('ops[1] snap: P1: dPTE', 1, 'L3'), 'why', 'why'],
  ])('%s', (_, change, d, known, why) => {
    expect(new ChangeTally().add('a', { difference: d, change }, known)).toBe(why);
  });

  test.each([
    ['ops[9] collapse P0 H0 512: P0@0: flush 512', 'L2 flushes'],
    ['ops[9] collapse P0 H0 512: function calls, at most', 'L2 function calls'],
    ['ops[10] snap: P0 H0: pages', 'L2 pages'],
    ['at the end', 'L2 at the end'],
  ])('at %s is of the kind %s', (where, kind) => {
    expect(kindOf(difference(where, 0))).toBe(kind);
  });
});

describe('docs/kernel-versions.md', () => {
  const text = readFileSync(new URL('../../docs/kernel-versions.md', import.meta.url), 'utf8');
  const rows = text
    .slice(text.indexOf('<!-- attributed -->'), text.indexOf('<!-- end -->'))
    .split('\n')
    .slice(3, -1)
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, 4),
    );

  test('has each change that shows, with its title and where', () => {
    const data = [...CHANGES].filter(([change]) => change in ATTRIBUTED);
    expect(rows).toHaveLength(data.length);
    data.forEach(([change, { title }], i) => {
      const [id, name, where] = rows[i]!;
      expect([id, name]).toEqual([change, title]);
      expect(new Set(where!.split(', '))).toEqual(new Set(ATTRIBUTED[change]));
    });
  });

  test('names every other change', () => {
    for (const change of CHANGES.keys()) expect(text).toContain(change);
  });
});

test('releases have what was made before them, and 6.1 what was brought back', () => {
  expect([...changesOf('6.1')]).toEqual(['743a2753a02e', '3ef938c35035']);
  expect(changesOf('6.5').has('1d65b771bc08')).toBe(false);
  expect([...changesOf('6.5')].filter((change) => !changesOf('6.6').has(change))).toEqual([]);
});

// SPDX-License-Identifier: GPL-2.0-only
/** Every difference of v6.5 and v6.6 from every recorded case is attributed, and docs/kernel-versions.md counts the cases right. Budget: 20 min. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attribute } from '../../src/conformance/collapse/attribute.ts';
import { ATTRIBUTED } from '../../src/conformance/collapse/attributed.ts';
import { ChangeTally } from '../../src/conformance/collapse/change-tally.ts';
import { KNOWN } from '../../src/conformance/collapse/known.ts';
import { Machines, runCase } from '../../src/conformance/collapse/run-case.ts';
import { DEFAULTS } from '../../src/workload/world.ts';
import { casesOf } from './collapse-cases.ts';

const docs = readFileSync(new URL('../../docs/kernel-versions.md', import.meta.url), 'utf8');

test.each([
  ['6.5', 4],
  ['6.6', 5],
] as const)('%s', (release, column) => {
  const machines = new Machines({ ...DEFAULTS, release });
  const tally = new ChangeTally();
  const unexplained: string[] = [];
  for (const group of ['anon', 'shmem', 'multi', 'file', 'ipi', 'tlb', 'facts']) {
    for (const record of casesOf(group)) {
      const found = attribute(release, (set) => runCase(machines, record, set).found);
      const why = found.map((one) => tally.add(record.id, one, KNOWN[record.id] ?? null));
      if (why.includes(null)) unexplained.push(record.id);
    }
  }
  expect(unexplained).toEqual([]);
  const cases = new Map((tally.summary().json as { change: string; cases: number }[]).map((row) => [row.change, row.cases]));
  for (const change of Object.keys(ATTRIBUTED)) {
    const row = docs.split('\n').find((line) => line.startsWith(`| ${change} |`))!;
    expect([change, Number(row.split('|')[column]!.trim())]).toEqual([change, cases.get(change) ?? 0]);
  }
});

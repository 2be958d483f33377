// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every recorded case, as a user replays them: 6.1 agrees but where it is known not to; each difference of 6.5 and 6.6 is attributed, and
 * docs/kernel-versions.md counts the cases right. Time budget: 3 min.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { ATTRIBUTED } from '../../src/conformance/collapse/attributed.ts';
import { KNOWN } from '../../src/conformance/collapse/known.ts';
import { command } from './support.ts';

const paelab = command();
const VECTORS = join(ROOT, 'test/vectors/collapse');
const page = readFileSync(join(ROOT, 'docs/kernel-versions.md'), 'utf8');

interface Report {
  total: number;
  disagree: number;
  explained: number;
  differences: { id: string }[];
  changes: { change: string; cases: number }[];
}

async function replay(release: string, expected: number): Promise<Report> {
  const { code, stdout, stderr } = await paelab.run(
    'conformance',
    'collapse',
    VECTORS,
    '--config',
    `kernel=${release}`,
    '--differences',
    '9',
    '--json',
  );
  expect([code, stderr]).toEqual([expected, '']);
  return JSON.parse(stdout) as Report;
}

test('6.1', async () => {
  const { total, differences } = await replay('6.1', 1);
  expect(total).toBe(265);
  expect(new Set(differences.map(({ id }) => id))).toEqual(new Set(Object.keys(KNOWN)));
});

test.each([
  ['6.5', 4],
  ['6.6', 5],
] as const)('%s', async (release, column) => {
  const { disagree, explained, changes } = await replay(release, 0);
  expect(explained).toBe(disagree);
  const cases = new Map(changes.map((row) => [row.change, row.cases]));
  for (const change of Object.keys(ATTRIBUTED)) {
    const row = page.split('\n').find((line) => line.startsWith(`| ${change} |`))!;
    expect([change, Number(row.split('|')[column]!.trim())]).toEqual([change, cases.get(change) ?? 0]);
  }
});

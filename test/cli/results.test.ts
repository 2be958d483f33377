// SPDX-License-Identifier: GPL-2.0-only
/** What `paelab report` reads, and what it refuses; traces that the commands write. Time budget: 15 s. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { readResult } from '../../src/cli/read-result.ts';
import type { TraceEvent } from '../../src/report/perfetto.ts';
import { complaints } from '../support/trace-complaints.ts';
import { command, lines } from './support.ts';

const paelab = command();
const dir = mkdtempSync(join(tmpdir(), 'paelab-results-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(content: unknown): string {
  const path = join(dir, 'result.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const chart = { title: 'c', x: { label: 'CPUs' }, y: { label: 'ns' }, series: [{ name: 's', points: [[1, 2]] }] };
const study = { schema: 'paelab/study', version: 1, title: 't', charts: [chart] };

describe('a file of results', () => {
  test('of a study', () => {
    expect(readResult(file(study)).study).toEqual({ title: 't', charts: [chart] });
  });

  test('of a benchmark gives a table for each list, and bars where there are net figures', () => {
    const rows = [{ name: 'hit', net: 2.25, least: 2, greatest: 3, processes: [] }];
    const { charts, tables } = readResult(file({ schema: 'paelab/bench', version: 1, name: 'mmu', node: 'v20', rows })).study!;
    expect(charts[0]!.series[0]!.points).toEqual([[0, 2.25, 2, 3]]);
    expect(tables).toEqual([{ title: 'rows', columns: ['name', 'net', 'least', 'greatest'], rows: [['hit', 2.25, 2, 3]] }]);
  });

  test.each<[string, unknown, RegExp]>([
    ['that is no JSON', '{', /result\.json: not JSON: /],
    ['of something else', { schema: 'other' }, /result\.json: schema: "other" is not one of paelab\/check, /],
    ['of another version', { ...study, version: 2 }, /version: 2 is not an integer from 1 to 1$/],
    ['without charts', { ...study, charts: undefined }, /charts: missing$/],
    [
      'with a point of one number',
      { ...study, charts: [{ ...chart, series: [{ name: 's', points: [[1]] }] }] },
      /charts\[0\]\.series\[0\]\.points\[0\]: a point has 2 numbers/,
    ],
    [
      'with a scale that there is not',
      { ...study, charts: [{ ...chart, x: { label: '', scale: 'cubic' } }] },
      /charts\[0\]\.x\.scale: "cubic" is not one of linear, log, log2$/,
    ],
    [
      'with a row that is too short',
      { ...study, tables: [{ title: 't', columns: ['a', 'b'], rows: [[1]] }] },
      /tables\[0\]\.rows\[0\]: it has 1 cells, of 2 columns$/,
    ],
    [
      'of a check without a verdict',
      { schema: 'paelab/check', version: 1, results: [{ scenario: 's', config: {}, without: [] }] },
      /results\[0\]\.verdict: missing$/,
    ],
  ])('%s', (_, content, message) => {
    expect(() => readResult(file(content))).toThrow(message);
  });
});

const token = /paelab1\.\S+/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![0];

async function refused(args: string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await paelab.here(...args);
  expect(lines(stderr)).toEqual([expect.stringMatching(message)]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

test('a place that cannot be written is told before the work', async () => {
  paelab.write('taken', '');
  await refused(['explore', token, '--out', 'taken/page'], /^paelab: --out taken\/page\/index\.html: cannot be written \(/);
  await refused(['check', 'retract', '--perfetto', 'taken/trace.json'], /^paelab: --perfetto taken\/trace\.json: cannot be written \(/);
});

test('a token that is damaged, or no place to write to, is told in one line', async () => {
  await refused(['explore', 'abc', '--out', 'page.html'], /^paelab: not a token: /);
  await refused(['explore', token], /^paelab: --out or --json says where the result goes$/);
});

test('what a page shows is there as JSON, every field on its page', async () => {
  const { stdout, code } = await paelab.run('explore', token, '--json');
  expect(code).toBe(0);
  const shown = JSON.parse(stdout) as Record<string, unknown> & { moments: object[]; steps: object[]; trees: { root: object[] }[][] };
  expect(shown.moments).toHaveLength(shown.steps.length + 1);
  const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
  const keys = [shown, shown.moments[0]!, shown.steps[0]!, shown.trees[0]![0]!, shown.trees[0]![0]!.root[0]!].flatMap((x) =>
    Object.keys(x),
  );
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

function trace(name: string): TraceEvent[] {
  return (JSON.parse(readFileSync(join(paelab.dir, name), 'utf8')) as { traceEvents: TraceEvent[] }).traceEvents;
}

test('the trace of a workload has its operations, interrupts and tracepoints', async () => {
  paelab.write('shared.txt', readFileSync(join(ROOT, 'docs/workloads/shared.txt'), 'utf8'));
  expect((await paelab.run('run', 'shared.txt', '--perfetto', 'run.json')).code).toBe(0);
  const events = trace('run.json');
  expect(complaints(events)).toEqual([]);
  expect(events.filter((e) => e.name === 'khugepaged')).toHaveLength(1);
  expect(events.some((e) => e.name === 'mm_khugepaged_scan_file')).toBe(true);
  const arrows = events.filter((e) => e.id !== undefined);
  const of = (ph: string): number => arrows.filter((e) => e.ph === ph).length;
  expect(of('s')).toBeGreaterThan(0);
  expect(of('t')).toBe(2 * of('s'));
  expect(of('f')).toBe(2); // for the answers of the others nobody has to wait any more
});

test('a counterexample has its tracepoints as ftrace lines', async () => {
  const { stdout, code } = await paelab.run('replay', token, '--ftrace', '--perfetto', 'torn.json');
  expect(code).toBe(1);
  expect(stdout).toMatch(/\[000\] \.{5} {5}0\.000019: tlb_flush: pages:-1 reason:local mm shootdown \(3\)\n$/);
  expect(complaints(trace('torn.json'))).toEqual([]);
});

// SPDX-License-Identifier: GPL-2.0-only
/** Two results of a benchmark compared: what changed beyond the spread, and what is refused. Time budget: 1 s. */
import { describe, expect, test } from 'vitest';
import { compareReports } from '../../src/bench/compare.ts';
import { parseReport } from '../../src/bench/report.ts';

type Figures = Record<string, [low: number, median: number, high: number]>;

const base = { schema: 'paelab/bench', version: 1, name: 'collapse', machine: { cpu: 'A', cores: 2 }, node: 'v20', seed: 1 };

function report(rows: Record<string, Figures>, more: object = {}) {
  const list = Object.entries(rows).map(([name, figures]) => ({
    row: { question: 'q', name },
    figures: Object.fromEntries(Object.entries(figures).map(([key, [low, median, high]]) => [key, { low, median, high }])),
  }));
  return parseReport(JSON.stringify({ ...base, rows: list, ...more }), 'some.json');
}

describe('what changed', () => {
  const before = report({ a: { us: [9, 10, 11], ns: [1, 2, 3] }, gone: { us: [1, 1, 1] } });

  test('a figure has changed if the quartiles do not meet, the greatest change first', () => {
    const after = report({ a: { us: [19, 20, 21], ns: [0.1, 0.2, 0.3] }, fresh: { us: [1, 1, 1] } });
    const { changed, compared, onlyBefore, onlyAfter } = compareReports(before, after, false);
    expect(changed.map(({ row, figure, ratio }) => [row, figure, ratio])).toEqual([
      ['q: a', 'ns', 0.1],
      ['q: a', 'us', 2],
    ]);
    expect({ compared, onlyBefore, onlyAfter }).toEqual({ compared: 2, onlyBefore: ['q: gone'], onlyAfter: ['q: fresh'] });
  });

  test('within the spread nothing has', () => {
    expect(compareReports(before, report({ a: { us: [10.9, 12, 14], ns: [1, 2, 3] } }), false).changed).toEqual([]);
    expect(compareReports(before, before, false).changed).toEqual([]);
  });
});

describe('what is refused', () => {
  const one = report({});

  test.each([
    [{ machine: { cpu: 'B', cores: 2 } }, 'machine: A, 2 before, B, 2 after: --anyway compares them all the same'],
    [{ node: 'v22' }, 'node: v20 before, v22 after: --anyway compares them all the same'],
    [{ seed: 2 }, 'seed: 1 before, 2 after: --anyway compares them all the same'],
  ])('%j', (more, message) => {
    expect(() => compareReports(one, report({}, more), false)).toThrow(message);
    expect(compareReports(one, report({}, more), true).compared).toBe(0);
  });

  test('another benchmark, whatever one asks for', () => {
    expect(() => compareReports(one, report({}, { name: 'mmu' }), true)).toThrow('different benchmarks: collapse and mmu');
  });

  test.each([
    ['{', /^some\.json: not JSON: /],
    ['[]', 'some.json: schema: not the result of a benchmark'],
    [JSON.stringify({ ...base, version: 9 }), 'some.json: version: 9 is none that this paelab reads'],
    [JSON.stringify({ ...base, node: undefined }), 'some.json: node: missing'],
    [JSON.stringify(base), 'some.json: rows: not a list'],
    [JSON.stringify({ ...base, rows: [1] }), 'some.json: rows[0].row: missing'],
    [JSON.stringify({ ...base, rows: [{ row: {} }] }), 'some.json: rows[0].figures: missing'],
    [
      JSON.stringify({ ...base, rows: [{ row: {}, figures: { us: { median: 1 } } }] }),
      'some.json: rows[0].figures["us"]: not a median with its quartiles',
    ],
  ])('%s', (text, message) => {
    expect(() => parseReport(text, 'some.json')).toThrow(message);
  });
});

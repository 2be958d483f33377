// SPDX-License-Identifier: GPL-2.0-only
/** What changed from one run of a benchmark to another, beyond what each of them varies by. */
import { UsageError } from '../usage-error.ts';
import type { BenchReport, Figure } from './report.ts';

export interface Difference {
  row: string;
  figure: string;
  before: Figure;
  after: Figure;
  /** After over before. */
  ratio: number;
}

export interface Comparison {
  /** Greatest change first. */
  changed: Difference[];
  /** Figures that both have, and rows that one has alone. */
  compared: number;
  onlyBefore: string[];
  onlyAfter: string[];
}

/** @throws UsageError where the two are of different benchmarks or, unless `anyway`, of different machines, Node versions or seeds */
export function compareReports(before: BenchReport, after: BenchReport, anyway: boolean): Comparison {
  if (before.name !== after.name) throw new UsageError(`different benchmarks: ${before.name} and ${after.name}`);
  for (const [what, value] of before.conditions) {
    const other = after.conditions.get(what);
    if (!anyway && other !== value) throw new UsageError(`${what}: ${value} before, ${other} after: --anyway compares them all the same`);
  }
  const rowsAfter = new Map(after.rows.map((row) => [row.name, row]));
  const names = new Set(before.rows.map(({ name }) => name));
  const changed: Difference[] = [];
  let compared = 0;
  for (const { name, figures } of before.rows) {
    for (const [figure, was] of figures) {
      const is = rowsAfter.get(name)?.figures.get(figure);
      if (is === undefined) continue;
      compared++;
      if (is.low > was.high || is.high < was.low)
        changed.push({ row: name, figure, before: was, after: is, ratio: is.median / was.median });
    }
  }
  const size = ({ ratio }: Difference): number => Math.abs(Math.log(ratio));
  changed.sort((a, b) => size(b) - size(a));
  return {
    changed,
    compared,
    onlyBefore: [...names].filter((name) => !rowsAfter.has(name)),
    onlyAfter: [...rowsAfter.keys()].filter((name) => !names.has(name)),
  };
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Collapse vectors as a kind: what a real 32-bit PAE kernel did, test/vectors/collapse.
 */

import { configOf } from '../../workload/config.ts';
import type { Summary, Vector, VectorKind } from '../kind.ts';
import { readCases } from './cases.ts';
import { KNOWN } from './known.ts';
import { LEVELS, type Level, type LevelDifference } from './levels.ts';
import { type CollapseRecord, parseRecord } from './record.ts';
import { Machines, runCase } from './run-case.ts';

/** Groups in which interrupts and flushes count; elsewhere they are shown. */
const COUNT_FLUSHES = new Set(['ipi', 'tlb']);

/** How many differences of a case are told. */
const MOST = 12;

export function collapseKind(config: Readonly<Record<string, string>> = {}): VectorKind {
  const machines = new Machines(configOf(config));
  const tallies = new Map<string, Record<Level | 'total', number>>();
  return {
    name: 'collapse',
    files: /^(?!index|system).*\.json$/,
    records: readCases,
    explainDispute: (code) => ({ section: '', about: code }),
    parse(text, place) {
      const record = parseRecord(text, place);
      return vectorOf(record, place, machines, tallies);
    },
    summary: () => summaryOf(tallies),
  };
}

function vectorOf(
  record: CollapseRecord,
  place: string,
  machines: Machines,
  tallies: Map<string, Record<Level | 'total', number>>,
): Vector {
  const group = record.id.replace(/\..*/, '');
  return {
    id: record.id,
    group,
    dispute: KNOWN[record.id] ?? null,
    run() {
      const { found, stopped } = runCase(machines, record);
      let tally = tallies.get(group);
      if (tally === undefined) tallies.set(group, (tally = { total: 0, L1: 0, L2: 0, L3: 0, L4: 0, L5: 0 }));
      tally.total++;
      for (const level of LEVELS) if (!stopped && !found.some((d) => d.level === level)) tally[level]++;
      const counted = found.filter((d) => d.level !== 'L5' || COUNT_FLUSHES.has(group));
      if (counted.length === 0) return null;
      return {
        expected: counted.map(({ level, where, expected }) => ({ level, where, is: expected })),
        actual: counted.map(({ level, where, actual }) => ({ level, where, is: actual })),
        text: () => textOf(record, place, counted),
      };
    },
  };
}

function textOf(record: CollapseRecord, place: string, found: readonly LevelDifference[]): string {
  const told = found.slice(0, MOST).map(({ level, where, expected, actual }) => {
    return `  ${level} ${where}\n     recorded ${JSON.stringify(expected)}\n     here     ${JSON.stringify(actual)}`;
  });
  const more = found.length > MOST ? [`  and ${found.length - MOST} more`] : [];
  return `${[`${place}: ${record.id}`, ...told, ...more].join('\n')}\n`;
}

function summaryOf(tallies: Map<string, Record<Level | 'total', number>>): Summary {
  const rows = [...tallies]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, t]) => [group, String(t.total), ...LEVELS.map((l) => String(t[l]))]);
  return {
    name: 'levels',
    json: Object.fromEntries(tallies),
    title: 'Cases that agree, by level (L5 counts in ipi and tlb):',
    rows: [['group', 'total', ...LEVELS], ...rows],
  };
}

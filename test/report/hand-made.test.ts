// SPDX-License-Identifier: GPL-2.0-only
/**
 * The counterexample of the main job beside the shortest one known by hand (T1): the reader loads pmd_low of table A; the other CPU takes A away under both
 * locks, flushes, lets go, defers the free, and installs B whose pmd_low is equal; the reader's pmd_high comes from in between.
 * Both are counted by the same rule: what is done to the pmd, to its two locks, and the steps that keep a table or an interrupt away.
 * Time budget: 10 s.
 */
import { expect, test } from 'vitest';
import { makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import { reportOf } from '../../src/check/report.ts';
import type { Event } from '../../src/report/events.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';

const READER = 1;
const OTHER = 0;

/** T1 in the words of the rule: CPU, and what it does. */
const T1: readonly [cpu: number, what: string][] = [
  [READER, 'rcu_read_lock'],
  [READER, 'interrupts off'],
  [READER, 'pmd_low read'],
  [OTHER, 'pml taken'],
  [OTHER, 'ptl taken'],
  [OTHER, 'pmd written'],
  [OTHER, 'flush'],
  [OTHER, 'ptl dropped'],
  [OTHER, 'pml dropped'],
  [OTHER, 'call_rcu'],
  [READER, 'pmd_high read'],
  [OTHER, 'pml taken'],
  [OTHER, 'pmd read'],
  [OTHER, 'pmd written'],
  [OTHER, 'pml dropped'],
  [READER, 'pmd_low read'],
];

/** What the rule makes of an event; null: no part of the race. */
function said(e: Event): string | null {
  const lock = /^(pml|ptl)\(/.exec(e.word)?.[1];
  if (lock !== undefined) return `${lock} ${e.operation === 'drain' ? 'dropped' : 'taken'}`;
  const half = /^pmd_(low|high)\(/.exec(e.word)?.[1];
  if (half !== undefined) return e.operation === 'load' ? `pmd_${half} read` : 'pmd written';
  if (e.word.startsWith('section starts')) return e.operation === 'load' ? 'call_rcu' : 'rcu_read_lock';
  if (e.word.startsWith('interrupt gate') && e.calls.includes('pmdp_get_lockless_start')) return 'interrupts off';
  return /\.tlb_gen$/.test(e.word) && e.operation !== 'load' ? 'flush' : null;
}

/** A whole read (low, high, low) with nothing in between is one, as it is in T1. */
function counted(events: readonly Event[]): [cpu: number, what: string][] {
  const list = events.flatMap((e): [number, string][] => (said(e) === null ? [] : [[e.cpu, said(e)!]]));
  for (let i = 0; i + 2 < list.length; i++) {
    const three = list.slice(i, i + 3);
    const whole = ['pmd_low read', 'pmd_high read', 'pmd_low read'].every(
      (what, k) => three[k]![1] === what && three[k]![0] === three[0]![0],
    );
    if (whole) list.splice(i, 3, [three[0]![0], 'pmd read']);
  }
  return list;
}

const switches = (list: readonly [cpu: number, what: string][]): number =>
  list.filter(([cpu], i) => i > 0 && cpu !== list[i - 1]![0]).length;

test('the counterexample is no longer than T1, and has no more CPU switches', () => {
  const cell = makeCell(retractScenario as Scenario, {}, ['lockless-sync']);
  const x = checkCell(cell, {}).counterexample!;
  const r = reportOf(cell, x.start, x.picks);
  const ours = counted(r.events);
  expect(r.kind).toBe('torn-pair');
  expect(ours.length).toBeLessThanOrEqual(T1.length);
  expect(switches(ours)).toBeLessThanOrEqual(switches(T1));
  expect(r.length.switches).toBe(switches(T1)); // nor has the rest of the execution any more of them
  // The reader's half is T1's to the letter; the other CPU's has T1's writes in T1's order.
  const of = (list: readonly [number, string][], cpu: number): string[] => list.filter((e) => e[0] === cpu).map((e) => e[1]);
  expect(of(ours, READER)).toEqual(of(T1, READER));
  expect(of(ours, OTHER).filter((what) => what === 'pmd written')).toHaveLength(2);
});

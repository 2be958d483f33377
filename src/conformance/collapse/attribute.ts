// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which upstream change makes a later kernel differ from what 6.1 was recorded to do. The changes between the two are made one after the other; a difference
 * belongs to the one with which it comes up. Halving finds them, and changes that the code never asks for in a case are not tried.
 */
import { CHANGES, type Change, type Changes, changesOf, type Release } from '../../workload/releases.ts';
import type { LevelDifference } from './levels.ts';

/** What a case gives with a set of changes. */
export type Run = (changes: Changes) => readonly LevelDifference[];

class Asked implements Changes {
  readonly asked = new Set<Change>();
  private readonly changes: ReadonlySet<Change>;

  constructor(changes: ReadonlySet<Change>) {
    this.changes = changes;
  }

  has(change: Change): boolean {
    this.asked.add(change);
    return this.changes.has(change);
  }
}

const textOf = ({ level, where, actual }: LevelDifference): string => JSON.stringify([level, where, actual]);

export interface Attributed {
  readonly difference: LevelDifference;
  /** null where 6.1 differs in the same way from what was recorded. */
  readonly change: Change | null;
}

/** Every difference of the release. */
export function attribute(release: Release, run: Run): Attributed[] {
  const from = changesOf('6.1');
  const to = changesOf(release);
  const first = new Asked(from);
  const last = new Asked(to);
  const found = run(last);
  if (found.length === 0) return [];
  const before = run(first);
  const differ = [...CHANGES.keys()].filter((change) => from.has(change) !== to.has(change));
  const counts = (change: Change): boolean => first.asked.has(change) || last.asked.has(change);
  // Those that no code asks for are made first: that changes nothing.
  const steps = [...differ.filter((change) => !counts(change)), ...differ.filter(counts)];
  const idle = steps.length - differ.filter(counts).length;
  const madeBy = new Map<string, Change>();
  const halve = (low: number, atLow: readonly LevelDifference[], high: number, atHigh: readonly LevelDifference[]): void => {
    const known = new Set(atLow.map(textOf));
    const fresh = atHigh.map(textOf).filter((text) => !known.has(text));
    if (fresh.length === 0 && atLow.length === atHigh.length) return;
    if (high === low + 1) {
      for (const text of fresh) madeBy.set(text, steps[low]!);
      return;
    }
    const middle = (low + high) >> 1;
    const changed = new Set(steps.slice(0, middle));
    const atMiddle = run(new Set([...CHANGES.keys()].filter((change) => from.has(change) !== changed.has(change))));
    halve(low, atLow, middle, atMiddle);
    halve(middle, atMiddle, high, atHigh);
  };
  halve(idle, before, steps.length, found);
  return found.map((difference) => ({ difference, change: madeBy.get(textOf(difference)) ?? null }));
}

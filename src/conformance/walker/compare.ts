// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a page-walk vector, and finds the first step in which the machine does something else.
 */
import type { Pair } from '../field.ts';
import type { Machine } from './machine.ts';
import type { Entry, Outcome, Step, WalkerRecord } from './record.ts';

/** The first step that differs. */
export interface StepDifference {
  /** From 0. */
  step: number;
  outcome: Outcome;
  /** Entries that hold something else than they should. */
  wrong: readonly { entry: Entry; holds: Pair }[];
}

export function firstDifference(machine: Machine, record: WalkerRecord): StepDifference | null {
  machine.begin(record);
  for (const [i, step] of record.steps.entries()) {
    const outcome = machine.run(step, record.cr3);
    const same = sameOutcome(outcome, step);
    // Where the outcome is left open, what the entries hold goes with the outcome.
    if (step.loose && !same) continue;
    const wrong = step.entries
      .map((entry) => ({ entry, holds: machine.entryAt(entry.address) }))
      .filter(({ entry, holds }) => differs(entry, holds));
    if (!same || wrong.length > 0) return { step: i, outcome, wrong };
  }
  return null;
}

function sameOutcome(o: Outcome, { expected: e, freeCr2 }: Step): boolean {
  if (o.k === 'ok' && e.k === 'ok') return o.pa === e.pa && o.pa2 === e.pa2;
  if (o.k === 'pf' && e.k === 'pf') return o.ec === e.ec && ((o.cr2 ^ e.cr2) & ~freeCr2) === 0;
  return o.k === e.k;
}

const differs = ({ after, free }: Entry, holds: Pair): boolean =>
  ((holds.lo ^ after.lo) & ~free.lo) !== 0 || ((holds.hi ^ after.hi) & ~free.hi) !== 0;

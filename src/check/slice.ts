// SPDX-License-Identifier: GPL-2.0-only
/**
 * A piece of work: a subtree of the search of one starting state, or as much of it as there is time for. Its result is plain data, so that pieces may
 * be done by any thread, or by another process later.
 */
import { Optimal } from '../engines/explore/optimal.ts';
import type { Insertion, Part, Subtree } from '../engines/explore/subtree.ts';
import { drive, TooLong } from '../engines/strategy.ts';
import { Watched } from '../engines/watched.ts';
import type { Built, Cell } from './cell.ts';
import { type Counterexample, Counterexamples, judge } from './counterexample.ts';

export interface Counts {
  executions: number;
  blocked: number;
  transitions: number;
  unrealisable: number;
  redundant: number;
}

export const NONE: Counts = { executions: 0, blocked: 0, transitions: 0, unrealisable: 0, redundant: 0 };

export function sumOf(a: Counts, b: Counts): Counts {
  return {
    executions: a.executions + b.executions,
    blocked: a.blocked + b.blocked,
    transitions: a.transitions + b.transitions,
    unrealisable: a.unrealisable + b.unrealisable,
    redundant: a.redundant + b.redundant,
  };
}

export interface Slice {
  counts: Counts;
  /** Of the machine: what an owner of the tree needs to know. */
  contexts: number;
  witnesses: ReadonlySet<string>;
  best: Counterexample | null;
  rest: Subtree | null;
  outside: readonly Insertion[];
  /** An execution had no end; nothing more is run then. */
  tooLong: string | null;
}

/** How far a slice is. */
export interface Live {
  executions: number;
  /** Branches that are known to wait. */
  pending: number;
  deepest: number;
  /** Share of the subtree that has been run, by estimate. */
  explored: number;
}

/**
 * @param goOn asked between executions
 * @param onRun told what runs: see src/engines/watched.ts
 */
export function runSlice(
  cell: Cell,
  start: number,
  built: Built,
  part: Part,
  goOn: (live: Live) => boolean,
  onRun?: (what: number) => void,
): Slice {
  const witnesses = new Set<string>();
  const found = new Counterexamples(cell, start, onRun);
  const search = new Optimal((_, f) => {
    if (judge(built, f.outcome, witnesses) !== null) found.consider(f.execution);
  }, part);
  const { stats } = search;
  let tooLong: string | null = null;
  try {
    drive(built.machine, onRun === undefined ? search : new Watched(search, onRun), () => {
      if (search.over) return false;
      const { pending, explored } = search;
      const { deepest } = stats;
      return goOn({ executions: stats.executions + stats.blocked, pending, deepest, explored });
    });
  } catch (e) {
    if (!(e instanceof TooLong)) throw e;
    tooLong = e.message;
  }
  const { executions, blocked, transitions, unrealisable, redundant } = stats;
  return {
    counts: { executions, blocked, transitions, unrealisable, redundant },
    contexts: built.machine.contexts.length,
    witnesses,
    best: found.best,
    rest: tooLong === null ? search.rest : null,
    outside: search.outside,
    tooLong,
  };
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs vector files of one kind, line by line as they are read, and counts.
 */
import { setImmediate } from 'node:timers/promises';
import { UsageError } from '../usage-error.ts';
import type { Difference, Text, Vector, VectorKind } from './kind.ts';
import { linesOf } from './lines.ts';

/** How long the event loop may wait for a look at Ctrl-C. */
const PAUSE_MS = 100;

export interface Tally {
  total: number;
  agree: number;
  disagree: number;
}

export interface Found {
  /** FILE:LINE */
  place: string;
  vector: Vector;
  difference: Difference;
}

export interface Totals {
  all: Tally;
  /** Of those that disagree. */
  explained: number;
  groups: Map<string, Tally>;
  /** By the code of the dispute. */
  disputes: Map<string, Tally>;
  /** The first ones, and of those the ones that nothing explains before the others. */
  found: Found[];
  /** Every vector was run. */
  complete: boolean;
}

export interface Limits {
  /** Most differences that are kept. */
  differences: number;
  /** Ends the run where it is. */
  signal: AbortSignal;
  /** Told now and then how far it is. */
  progress: (totals: Totals) => void;
}

/** @throws UsageError for a file that cannot be read or is no vector file */
export async function conform(kind: VectorKind, files: readonly string[], limits: Limits): Promise<Totals> {
  const totals: Totals = { all: zero(), explained: 0, groups: new Map(), disputes: new Map(), found: [], complete: false };
  let pause = performance.now() + PAUSE_MS;
  for (const file of files) {
    const before = totals.all.total;
    for await (const { text, place } of kind.records?.(file) ?? lines(file)) {
      const vector = kind.parse(text, place);
      const difference = vector.run();
      count(totals, vector, difference === null);
      if (difference?.explained === true) totals.explained++;
      if (difference !== null) keep(totals.found, { place, vector, difference }, limits.differences);
      if (performance.now() < pause) continue;
      limits.progress(totals);
      await setImmediate();
      if (limits.signal.aborted) return totals;
      pause = performance.now() + PAUSE_MS;
    }
    if (totals.all.total === before) throw new UsageError(`${file}: no vectors in it`);
  }
  totals.complete = true;
  return totals;
}

function keep(found: Found[], one: Found, most: number): void {
  const explained = found.findIndex(({ difference }) => difference.explained === true);
  if (one.difference.explained !== true && explained >= 0) found.splice(explained, 0, one);
  else found.push(one);
  if (found.length > most) found.pop();
}

async function* lines(file: string): AsyncGenerator<Text> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    if (text.trim() !== '') yield { place: `${file}:${line}`, text };
  }
}

const zero = (): Tally => ({ total: 0, agree: 0, disagree: 0 });

function count({ all, groups, disputes }: Totals, { group, dispute }: Vector, agrees: boolean): void {
  const tallies = [all, tallyOf(groups, group)];
  if (dispute !== null) tallies.push(tallyOf(disputes, dispute));
  for (const tally of tallies) {
    tally.total++;
    tally[agrees ? 'agree' : 'disagree']++;
  }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  let tally = tallies.get(name);
  if (tally === undefined) tallies.set(name, (tally = zero()));
  return tally;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The search of one starting state: which strategy the options ask for, and one face for all of them.
 */
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { Bounded } from '../engines/bounded.ts';
import { Drawn } from '../engines/drawn.ts';
import type { Execution } from '../engines/explore/execution.ts';
import { type Finding, Optimal } from '../engines/explore/optimal.ts';
import { type Guarantee, Pct } from '../engines/pct.ts';
import { recorded } from '../engines/recorded.ts';
import { Sampling } from '../engines/sampling.ts';
import type { Strategy } from '../engines/strategy.ts';
import { type Counts, NONE } from './slice.ts';

export interface StrategyOptions {
  /**
   * `exhaustive`: one execution of every class, or of every class with at most `preemptions`. `random`: draws by partial-order sampling. `pct`: draws with a
   * guarantee. @default exhaustive
   */
  strategy?: 'exhaustive' | 'random' | 'pct';
  /** Of the exhaustive strategy. @default any number */
  preemptions?: number;
  /** Of the bugs that `pct` looks for. @default 3 */
  depth?: number;
  /** Of the random strategies. @default 1 */
  seed?: number;
}

export const DEFAULT_DEPTH = 3;

export interface Running {
  readonly strategy: Strategy;
  counts(): Counts;
  /** What is known to be left. */
  pending(): number;
  guarantee(): Guarantee | null;
}

/** Told of every class, or of every draw; the execution is made when it is asked for, which may take the machine. */
export type OnExecution = (m: Machine, outcome: Outcome, execution: () => Execution) => void;

/** @param executions how many a random strategy draws */
export function startSearch(options: StrategyOptions, start: number, executions: number, onExecution: OnExecution): Running {
  if (options.strategy === 'random' || options.strategy === 'pct') return startDrawing(options, start, executions, onExecution);
  const onFinding = (m: Machine, f: Finding): void => onExecution(m, f.outcome, () => f.execution);
  const search = options.preemptions === undefined ? new Optimal(onFinding) : new Bounded(options.preemptions, onFinding);
  return {
    strategy: search,
    counts: () => ({ ...NONE, ...search.stats }),
    pending: () => search.pending,
    guarantee: () => null,
  };
}

function startDrawing(options: StrategyOptions, start: number, executions: number, onExecution: OnExecution): Running {
  const counts: Counts = { ...NONE };
  const pct = options.strategy === 'pct' ? new Pct(options.depth ?? DEFAULT_DEPTH) : null;
  const strategy = new Drawn(pct ?? new Sampling(), (options.seed ?? 1) + start, executions, (m, outcome, picks) => {
    if (outcome.stuck) counts.blocked++;
    else counts.executions++;
    counts.transitions += picks.length;
    onExecution(m, outcome, () => recorded(m, picks).x);
  });
  return { strategy, counts: () => counts, pending: () => 0, guarantee: () => pct?.guarantee ?? null };
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every final state of a litmus program, with the number of executions that end in it: one for each execution graph, which is what the optimal
 * search runs.
 */
import { type ExploreStats, Optimal } from '../engines/explore/optimal.ts';
import { realise } from '../engines/explore/realisable.ts';
import type { Pick } from '../engines/replay.ts';
import { drive, TooLong } from '../engines/strategy.ts';
import { type Expression, holds, type Witnesses } from './condition.ts';
import type { LitmusMachine } from './machine.ts';
import type { LitmusProgram } from './program.ts';

export interface FinalState {
  /** In the order of the program's `vars`, unsigned. */
  values: readonly number[];
  executions: number;
}

export interface Outcomes {
  /** In ascending order. Executions in which some vCPU waits for ever have none. */
  states: readonly FinalState[];
  stats: Readonly<ExploreStats>;
  /** What the machine itself finds wrong, such as a translation that leads to no memory; each once. */
  violations: readonly string[];
  /** Why not every execution was run; null if every one was. */
  cut: string | null;
}

/** @param goOn asked between executions */
export function outcomesOf({ machine, state }: LitmusMachine, goOn: () => boolean = () => true): Outcomes {
  const states = new Map<string, { values: number[]; executions: number }>();
  const violations = new Set<string>();
  const search = new Optimal((_, { outcome }) => {
    if (outcome.violation !== null) violations.add(outcome.violation.summary);
    if (outcome.violation !== null || outcome.state !== 'complete') return;
    const values = state();
    const key = values.join(' ');
    const known = states.get(key);
    if (known === undefined) states.set(key, { values, executions: 1 });
    else known.executions++;
  });
  let cut: string | null = null;
  try {
    drive(machine, search, () => {
      if (!goOn()) cut = 'interrupted';
      return cut === null;
    });
  } catch (e) {
    // Handlers that send interrupts to each other have no end.
    if (!(e instanceof TooLong)) throw e;
    cut = e.message;
  }
  const sorted = [...states.values()].sort((a, b) => ascending(a.values, b.values));
  return { states: sorted, stats: search.stats, violations: [...violations].sort(), cut };
}

/** An execution that ends in a state of which `wanted` is true, as a replay takes it; null if there is none. */
export function executionTo({ machine, state }: LitmusMachine, wanted: (values: readonly number[]) => boolean): Pick[] | null {
  let picks: Pick[] | null = null;
  const search = new Optimal((m, { outcome, execution }) => {
    if (picks !== null || outcome.state !== 'complete' || !wanted(state())) return;
    picks = [...realise(m, execution)!].map((i) => ({ actor: execution.events[i]!.actor, choice: execution.events[i]!.choice }));
  });
  drive(machine, search, () => picks === null);
  return picks;
}

/** The value of a variable in a state. */
export const valueIn =
  (program: LitmusProgram, { values }: FinalState) =>
  (name: string): number =>
    values[program.vars.indexOf(name)] ?? 0;

/** Executions for which an expression is true, and false. */
export function witnesses(program: LitmusProgram, states: readonly FinalState[], e: Expression): Witnesses {
  const w = { positive: 0, negative: 0 };
  for (const s of states) w[holds(e, valueIn(program, s)) ? 'positive' : 'negative'] += s.executions;
  return w;
}

/** The states in terms of fewer variables, counts added up; `wanted` are some of the program's. */
export function project(program: LitmusProgram, states: readonly FinalState[], wanted: readonly string[]): FinalState[] {
  const found = new Map<string, { values: number[]; executions: number }>();
  for (const s of states) {
    const values = wanted.map(valueIn(program, s));
    const known = found.get(values.join(' '));
    if (known === undefined) found.set(values.join(' '), { values, executions: s.executions });
    else known.executions += s.executions;
  }
  return [...found.values()].sort((a, b) => ascending(a.values, b.values));
}

function ascending(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((v, k) => v !== b[k]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}

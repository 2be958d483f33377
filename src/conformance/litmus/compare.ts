// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares what the exploration finds with what a litmus record says: the set of final states, how often each condition is true, and the number
 * of executions where the record knows the least that is possible.
 */
import { type Observation, observation } from '../../litmus/condition.ts';
import { type Outcomes, witnesses } from '../../litmus/outcomes.ts';
import type { Frequency, LitmusRecord } from './record.ts';

const OBSERVED: Record<Frequency, Observation> = { never: 'Never', sometimes: 'Sometimes', always: 'Always' };

export interface LitmusDifference {
  /** Allowed states that are not found, found ones that are not allowed. */
  missing: number[][];
  extra: number[][];
  /** Conditions that are true more or less often than recorded. */
  conditions: { name: string; recorded: Observation; found: Observation }[];
  /** Whatever else is wrong with the search, in words. */
  search: string[];
}

/** @returns null if there is no difference */
export function compare(record: LitmusRecord, { states, stats, violations, cut }: Outcomes): LitmusDifference | null {
  const found = new Set(states.map((s) => s.values.join(' ')));
  const allowed = new Set(record.states.map((s) => s.join(' ')));
  const search = violations.map((v) => `violation: ${v}`);
  if (cut !== null) search.push(cut);
  if (record.graphs !== null && stats.executions !== record.graphs)
    search.push(`${stats.executions} executions, where ${record.graphs} are enough`);
  if (stats.redundant > 0) search.push(`${stats.redundant} redundant executions`);
  if (stats.blocked > 0 && record.graphs !== null) search.push(`${stats.blocked} blocked executions`);
  const d: LitmusDifference = {
    missing: record.states.filter((s) => !found.has(s.join(' '))),
    extra: states.map((s) => [...s.values]).filter((s) => !allowed.has(s.join(' '))),
    conditions: record.conditions
      .map(({ name, expression, frequency }) => ({
        name,
        recorded: OBSERVED[frequency],
        found: observation(witnesses(record, states, expression)),
      }))
      .filter((c) => c.recorded !== c.found),
    search,
  };
  return d.missing.length + d.extra.length + d.conditions.length + d.search.length === 0 ? null : d;
}

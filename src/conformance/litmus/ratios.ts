// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many executions each suite took: beside the fewest that are possible where the records know it, and beside the number of final states.
 */
import type { Outcomes } from '../../litmus/outcomes.ts';
import type { Summary } from '../kind.ts';
import type { LitmusRecord } from './record.ts';

interface Effort {
  states: number;
  executions: number;
  /** Of the executions, those of records that know the fewest possible; and that number. */
  counted: number;
  optimum: number;
  blocked: number;
}

export class Ratios {
  private readonly suites = new Map<string, Effort>();

  add({ suite, graphs }: LitmusRecord, { states, stats }: Outcomes): void {
    const e = this.suites.get(suite) ?? { states: 0, executions: 0, counted: 0, optimum: 0, blocked: 0 };
    e.states += states.length;
    e.executions += stats.executions;
    e.blocked += stats.blocked;
    if (graphs !== null) {
      e.counted += stats.executions;
      e.optimum += graphs;
    }
    this.suites.set(suite, e);
  }

  summaries(): readonly Summary[] {
    if (this.suites.size === 0) return [];
    const suites = [...this.suites].sort(([a], [b]) => (a < b ? -1 : 1));
    const round = (n: number): number => Math.round(n * 1000) / 1000;
    const executions = {
      name: 'executions',
      json: Object.fromEntries(
        suites.map(([suite, e]) => [
          suite,
          {
            states: e.states,
            executions: e.executions,
            perState: round(e.executions / e.states),
            ...(e.optimum > 0 && { counted: e.counted, optimum: e.optimum }),
            blocked: e.blocked,
          },
        ]),
      ),
      title: 'Executions, beside final states and beside the fewest possible (of the records that know it):',
      rows: [
        ['group', 'states', 'executions', 'per state', 'counted', 'fewest', 'blocked'],
        ...suites.map(([suite, e]) => [
          suite,
          String(e.states),
          String(e.executions),
          (e.executions / e.states).toFixed(2),
          e.optimum > 0 ? String(e.counted) : '',
          e.optimum > 0 ? String(e.optimum) : '',
          String(e.blocked),
        ]),
      ],
    };
    return [executions];
  }
}

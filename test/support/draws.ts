// SPDX-License-Identifier: GPL-2.0-only
/** The random strategies of the ordinary and of the long run, and what they draw of a random program. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Machine } from '../../cpu/machine.ts';
import { Drawn, type Policy } from '../../src/engines/drawn.ts';
import { Pct } from '../../src/engines/pct.ts';
import type { Pick } from '../../src/engines/replay.ts';
import { Sampling } from '../../src/engines/sampling.ts';
import { drive } from '../../src/engines/strategy.ts';
import { explore } from './explore.ts';
import { FAMILIES } from './fuzz.ts';
import { buildMachine } from './programs.ts';

export type Name = keyof typeof FAMILIES;

export const POLICIES: Record<string, () => Policy> = {
  sampling: () => new Sampling(),
  'pct, depth 1': () => new Pct(1),
  'pct, depth 3': () => new Pct(3),
};

export function draw(m: Machine, policy: Policy, seed: number, n: number, state: () => string): { states: string[]; picks: Pick[][] } {
  const states = new Set<string>();
  const picks: Pick[][] = [];
  const search = new Drawn(policy, seed, n, (_, __, p) => {
    states.add(state());
    picks.push([...p]);
  });
  drive(m, search, () => true);
  return { states: [...states].sort(), picks };
}

/** The exhaustive search finds each final state that is drawn. @param most classes; larger programs are left out */
export function drawsWhatIsThere(family: Name, runs: number, most = Infinity): void {
  const same = fc.property(FAMILIES[family].programs, (p) => {
    const all = buildMachine(p);
    const { states, stats } = explore(all.m, all.state, () => {}, most);
    if (stats.executions + stats.blocked + stats.unrealisable >= most) return;
    for (const policy of Object.values(POLICIES)) {
      const drawn = buildMachine(p);
      expect(states).toEqual(expect.arrayContaining(draw(drawn.m, policy(), 1, 30, drawn.state).states));
    }
  });
  fc.assert(same, { numRuns: runs, seed: 1 });
}

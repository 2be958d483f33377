// SPDX-License-Identifier: GPL-2.0-only
/**
 * What goes wrong in the events that many executions begin with is found in each of them: a replayed prefix is run with every check.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { load, poke, store } from '../../../cpu/ops.ts';
import { violate, witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { explore, type Small, small } from '../../support/explore.ts';

/** Two CPUs run `early`, the other two store and load: 4 classes that begin alike. */
function begun(early: (c: Vcpu, at: Ptr[]) => Code): Small {
  const s = small({ cpus: 4 });
  const { m, at } = s;
  m.programs = [0, 1, 2, 3].map((me) => [
    function* (c) {
      if (me < 2) return yield* early(c, at);
      yield* store(c, at[me]!, 1);
      yield* load(c, at[5 - me]!);
    },
  ]);
  return s;
}

const verdict = ({ m }: Small) => {
  const { stats, states } = explore(m, (_, { state, violation, witnesses }) => `${state} ${violation?.kind} ${[...witnesses]}`);
  return { executions: stats.executions + stats.blocked, states };
};

test('a data race', () => {
  const racing = begun(function* (c, at) {
    yield* load(c, at[1]!);
    poke(c, at[0]!, 1);
  });
  expect(verdict(racing)).toEqual({ executions: 4, states: ['violated data-race '] });
});

test('a finding of a program, and what it has witnessed', () => {
  const failing = begun(function* (c, at) {
    yield* load(c, at[1]!);
    witness(c, 'here');
    violate(c, 'check', 'no');
  });
  expect(verdict(failing)).toEqual({ executions: 4, states: ['violated check here'] });
});

test('a check that must always hold', () => {
  const changing = begun(function* (c, at) {
    yield* store(c, at[c.id]!, 1);
  });
  const { m, at } = changing;
  m.always = [{ name: 'nothing is stored', cells: [at[0]!], holds: (read) => read(at[0]!) === 0 }];
  expect(verdict(changing)).toEqual({ executions: 4, states: ['violated check '] });
});

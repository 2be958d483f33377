// SPDX-License-Identifier: GPL-2.0-only
/**
 * To look at a TLB on the way must not change the way: an access that is half done still needs the TLB's last answer.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { CHOOSE } from '../../cpu/kinds.ts';
import { mfence, store } from '../../cpu/ops.ts';
import { loadLinear } from '../../cpu/translate.ts';
import { READ, USER } from '../../mmu/access.ts';
import { instantsOf } from '../../src/check/watch.ts';
import type { Pick } from '../../src/engines/replay.ts';
import { stateOf } from '../../src/report/state.ts';
import { buildTranslation } from '../support/translation-machine.ts';
import { TABLES } from '../support/translation-programs.ts';

const T0 = 8;
const FULL = 0x67;
const MAPPED = [0, 0, 10, 20, 30, 40, 50, 60, 0x1000 | FULL, 0, 0x2000 | FULL, 0, 0, 0, 0, 0, (TABLES[0]! << 12) | 0x27, 0];

test('stores are the same with and without looks at translations', () => {
  const { m, at } = buildTranslation({ init: MAPPED, cpus: [[], []], handlers: null, global: false }, true);
  m.programs = [
    [
      function* unmaps(c) {
        yield* store(c, at[T0]!, 0);
        yield* store(c, at[T0 + 2]!, 0);
        yield* mfence(c);
      },
    ],
    [
      function* reads(c) {
        const value = yield* loadLinear(c, 0, USER);
        yield* store(c, at[0]!, value + 1);
        const other = yield* loadLinear(c, 0x1000, USER);
        yield* store(c, at[1]!, other + 1);
      },
    ],
  ];
  m.reset();
  const enabled = new Int32Array(m.actors);
  const picks: Pick[] = [];
  while (m.enabled(enabled) > 0) {
    const actor = enabled[0]!; // CPU0 to its end, then CPU1, and drains last; what a vCPU may remember is what it uses
    const c = m.contexts[actor];
    const choice = c?.kind === CHOOSE ? Math.min(1, c.a0 - 1) : 0;
    picks.push({ actor, choice });
    m.run(actor, choice);
  }
  const walks = [0, 0x1000].map((va) => ({ cpu: 1, va, access: READ | USER }));
  const looked = instantsOf(m, picks, true, () => stateOf(m, walks));
  const blind = instantsOf(m, picks, false, () => stateOf(m, []));
  expect(looked.map((s) => s.buffers)).toEqual(blind.map((s) => s.buffers));
  expect(blind.flatMap((s) => s.buffers.flatMap((b) => b.stores)).length).toBeGreaterThan(0);
  expect(looked.some((s) => s.tlbs.every((t) => t.remembered.length > 0))).toBe(true);
});

// SPDX-License-Identifier: GPL-2.0-only
/** Small scenarios to check the checker with: two CPUs and one word. */
import { load, poke, rmw, store, waitLoad } from '../../cpu/ops.ts';
import { witness } from '../../cpu/report.ts';
import { ADD } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { newObject } from '../../src/kernel/kernel.ts';
import { at, struct } from '../../src/kernel/struct.ts';
import { type Scenario, scenario } from '../../src/scenarios/scenario.ts';

const word = struct('word', { n: 1 });

export interface World {
  n: Ptr;
  /** What memory holds, for checks: they are nobody's access. */
  read(): number;
}

type Run = (c: Vcpu, w: World) => Code;

/** Two CPUs run the same program; the word begins at 0. */
export function twice(run: Run, more: Partial<Scenario<World>> = {}): Scenario {
  return scenario<World>({
    name: 'twice',
    about: 'two CPUs do the same to one word',
    axes: {},
    bounds: ['two CPUs, one word'],
    machine: () => ({ cpus: 2, callbacks: 0 }),
    setup(c, k) {
      const n = at(newObject(k, word, 'word'), word.n);
      poke(c, n, 0);
      return { n, read: () => k.m.mem.words[n]! };
    },
    programs: (w) => [0, 1].map((cpu) => ({ cpu, comm: `worker${cpu}`, run: (c) => run(c, w) })),
    ...more,
  }) as Scenario;
}

/** An increment in two steps. */
export const inHalves: Run = function* (c, w) {
  const n = yield* load(c, w.n);
  yield* store(c, w.n, n + 1);
};

export const atOnce: Run = function* (c, w) {
  if ((yield* rmw(c, w.n, ADD, 1)) === 1) witness(c, 'the other one came first');
};

export const nothing: Run = function* () {};

/** Goes on for ever, and is never where it was before. */
export const forEver: Run = function* (c, w) {
  for (;;) yield* rmw(c, w.n, ADD, 1);
};

/** Waits for a 7 that nobody stores. */
export const inVain: Run = function* (c, w) {
  yield* waitLoad(c, w.n, -1, 7);
};

export const both = (w: World) => [
  { kind: 'check' as const, name: 'both have counted', fails: () => (w.read() === 2 ? null : `the word is ${w.read()}`) },
];

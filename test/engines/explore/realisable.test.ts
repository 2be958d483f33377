// SPDX-License-Identifier: GPL-2.0-only
/**
 * The exploration lets a program move while its handler runs, and settles afterwards whether the class has an order in which it does not.
 * Every order that it gives is run again: it must be possible, keep program and handler apart, and end in the same state.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entersHandler, sendIpi } from '../../../cpu/interrupts.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { rmw } from '../../../cpu/ops.ts';
import { violate } from '../../../cpu/report.ts';
import { ADD } from '../../../cpu/rmw.ts';
import { linearise } from '../../../src/engines/explore/linearise.ts';
import { realise } from '../../../src/engines/explore/realisable.ts';
import { explore, small } from '../../support/explore.ts';
import { FAMILIES } from '../../support/fuzz.ts';
import { buildMachine, type Program } from '../../support/programs.ts';

type Step = readonly [actor: number, choice: number];

/**
 * Could a processor do this now? No program moves while its handler runs; and a handler begins with an empty buffer, but for stores that
 * the program may as well execute after it: the machine issues them together with the transition before.
 */
function apart(m: Machine, actor: number): boolean {
  const c = m.contexts[actor % m.contexts.length]!;
  if (m.standsStill(c)) return false;
  if (!entersHandler(c)) return true;
  for (let ctx = c.ctx - m.cpus; ctx >= 0; ctx -= m.cpus) {
    const { buffer: b, place } = m.contexts[ctx]!;
    for (let k = b.drained; k < b.stores; k++) if (b.issuedAt[b.marked[k]!] !== place) return false;
  }
  return true;
}

/** Runs the steps. @returns whether each of them was enabled, nothing is left to do, and whether `may` allowed each */
function rerun(m: Machine, steps: readonly Step[], may: typeof apart): boolean {
  const enabled = new Int32Array(m.actors);
  m.reset();
  for (const [actor, choice] of steps) {
    if (!enabled.subarray(0, m.enabled(enabled)).includes(actor) || !may(m, actor)) return false;
    m.run(actor, choice);
  }
  const over = m.enabled(enabled) === 0;
  m.done();
  return over;
}

/** Every class of the program with an order of it, as `pick` arranges its events. */
function orders(program: Program, pick: typeof realise): { steps: Step[]; state: string }[] {
  const { m, state } = buildMachine(program);
  const found: { steps: Step[]; state: string }[] = [];
  const each = (machine: Machine, x: Parameters<typeof realise>[1]): void => {
    const steps = [...pick(machine, x)!].map((i): Step => [x.events[i]!.actor, x.events[i]!.choice]);
    found.push({ steps, state: state() });
  };
  explore(m, state, each, 500);
  return found;
}

const interrupted = FAMILIES['states: interrupts among everything'].programs;

/** How a class is ordered, and what is asked of every step. */
function check(pick: typeof realise, may: typeof apart, seed: number): fc.RunDetails<[Program]> {
  const holds = (program: Program): boolean => {
    const { m, state } = buildMachine(program);
    return orders(program, pick).every((o) => rerun(m, o.steps, may) && state() === o.state);
  };
  return fc.check(fc.property(interrupted, holds), { numRuns: 200, seed });
}

const whatever = (): boolean => true;
const asRun: typeof realise = (_, x) => Int32Array.from({ length: x.length }, (__, i) => i);
const easiest: typeof realise = (m, x) => linearise(x, (ctx) => m.contexts[ctx]!.id, []);

test('an order that realises a class is one of the machine, with program and handler apart', () => {
  expect(check(realise, apart, 5).counterexample).toBeNull();
});

test('the order in which a class was run, or that is easiest to read, is one of the machine, but need not keep them apart', () => {
  for (const pick of [asRun, easiest]) {
    expect(check(pick, whatever, 6).counterexample).toBeNull();
    expect(check(pick, apart, 6).counterexample).not.toBeNull();
  }
});

test('a violation that ends a handler is found, though its program goes on in the exploration to what the handler has touched', () => {
  const { m, at } = small({ interrupts: true });
  m.programs = [
    [
      function* (c) {
        yield* sendIpi(c, 1, 3);
      },
    ],
    [
      function* (c) {
        yield* rmw(c, at[0]!, ADD, 1);
        yield* rmw(c, at[0]!, ADD, 1);
      },
    ],
  ];
  m.handler = function* (c) {
    if ((yield* rmw(c, at[0]!, ADD, 10)) === 1) violate(c, 'check', 'taken in between');
  };
  expect(explore(m).summaries).toEqual(['taken in between']);
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Replay refuses what no processor could run, though each pick is of an actor that is enabled: the searches let a program move while its handler runs, a
 * list of picks may not. What the searches report can be replayed.
 * Seeded. Time budget: 5 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Machine } from '../../cpu/machine.ts';
import { realise } from '../../src/engines/explore/realisable.ts';
import { type Pick, Replay, ReplayError } from '../../src/engines/replay.ts';
import { drive } from '../../src/engines/strategy.ts';
import { explore } from '../support/explore.ts';
import { FAMILIES } from '../support/fuzz.ts';
import { buildMachine, type Op, type Program } from '../support/programs.ts';

const load = (w: number): Op => ({ op: 'load', w, r: 0 });
const store = (w: number): Op => ({ op: 'store', w, v: 1 });

/** CPU 0 sends itself interrupts; actors: programs 0 and 1, handlers 2 and 3, drains 4 to 7. */
const interrupted = (ops: Op[], handler: Op[]): Program => ({
  cpus: [[{ op: 'ipi', to: 0, vector: 0 }, ...ops], []],
  handlers: [handler, []],
});

function attempt(m: Machine, actors: readonly number[], choice = 0): string | null {
  try {
    drive(m, new Replay(actors.map((actor): Pick => ({ actor, choice }))), () => true);
    return null;
  } catch (e) {
    expect(e).toBeInstanceOf(ReplayError);
    return (e as Error).message;
  }
}

test('a program that moves while its handler runs', () => {
  const { m } = buildMachine(interrupted([load(0)], [load(1)]));
  expect(attempt(m, [0, 2, 2, 2, 0])).toBeNull();
  expect(attempt(m, [0, 2, 0])).toBe('pick 3 asks for actor 0, which cannot move: its interrupt handler runs');
});

test('an interrupt while a store waits that the program has left behind', () => {
  const { m } = buildMachine(interrupted([store(0), load(1), load(2)], []));
  expect(attempt(m, [0, 2, 2, 4, 0, 0])).toBeNull(); // before the store
  expect(attempt(m, [0, 0, 2])).toBe('pick 3 asks for actor 2, which cannot move: its program has stores in the buffer');
  expect(attempt(m, [0, 0, 4, 2])).toBeNull();
});

test('an alternative that there is not, and picks behind the end', () => {
  const { m } = buildMachine({ cpus: [[{ op: 'choose', n: 2, r: 0 }], []], handlers: null });
  expect(attempt(m, [0], 1)).toBeNull();
  expect(attempt(m, [0], 2)).toBe('pick 1 asks for alternative 3 of 2');
  expect(attempt(m, [0, 0])).toBe('the execution ends after 1 of 2 picks');
});

test('a list that ends too early is noticed', () => {
  const { m } = buildMachine(interrupted([load(0)], []));
  const ended = (actors: number[]): boolean => {
    const replay = new Replay(actors.map((actor): Pick => ({ actor, choice: 0 })));
    drive(m, replay, () => true);
    return !replay.cut;
  };
  expect(ended([0, 2, 2, 0])).toBe(true);
  expect(ended([0, 2, 2])).toBe(false);
});

test('never an execution of the optimal search in the order in which it is reported', () => {
  const same = fc.property(FAMILIES['states: interrupts among accesses'].programs, (program) => {
    const lists: Pick[][] = [];
    const { m } = buildMachine(program);
    explore(m, undefined, (machine, x) => {
      const order = [...realise(machine, x)!].map((i) => x.events[i]!);
      lists.push(order.map(({ actor, choice }) => ({ actor, choice })));
    });
    const again = buildMachine(program);
    for (const picks of lists.slice(0, 50)) drive(again.m, new Replay(picks), () => true);
  });
  fc.assert(same, { numRuns: 60, seed: 1 });
});

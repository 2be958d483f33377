// SPDX-License-Identifier: GPL-2.0-only
/**
 * The search that is bounded by preemptions: within 0, 1 and 2 of them it finds the final states of an oracle that counts for itself; with as many as
 * there are, the classes of the optimal search, each once. Mutants have to be noticed.
 * Seeded. Time budget: 15 s.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Machine } from '../../cpu/machine.ts';
import { HANDLER, PROGRAM } from '../../cpu/vcpu.ts';
import { Bounded } from '../../src/engines/bounded.ts';
import { Preemptions } from '../../src/engines/preemptions.ts';
import * as real from '../../src/engines/real.ts';
import { Seen } from '../../src/engines/seen.ts';
import { Signatures } from '../../src/engines/signatures.ts';
import { drive } from '../../src/engines/strategy.ts';
import { dekker, fib, peterson, sbpairs } from '../../src/litmus/benchmarks.ts';
import { explore } from '../support/explore.ts';
import { FAMILIES } from '../support/fuzz.ts';
import { boundedStates } from '../support/preemption-oracle.ts';
import { buildMachine, type Program } from '../support/programs.ts';

vi.mock('../../src/engines/real.ts', { spy: true });

const MOST = 50_000;
const EVERY = 1000;

/** @returns null where there are too many transitions to compare */
function search(program: Program, bound: number): { states: string[]; counts: number[] } | null {
  const { m, state } = buildMachine(program);
  const states = new Set<string>();
  const b = new Bounded(bound, () => states.add(state()));
  drive(m, b, () => b.stats.transitions < MOST);
  return b.stats.transitions < MOST ? { states: [...states].sort(), counts: [b.stats.executions, b.stats.blocked] } : null;
}

function equalsOracle(program: Program): boolean {
  return [0, 1, 2].every((bound) => {
    const expected = boundedStates(program, bound, 5000);
    const found = expected && search(program, bound);
    return found === null || JSON.stringify(found.states) === JSON.stringify([...expected!].sort());
  });
}

function equalsOptimal(program: Program): boolean {
  const found = search(program, EVERY);
  if (found === null) return true;
  const { m, state } = buildMachine(program);
  const { states, stats } = explore(m, state);
  return JSON.stringify(found) === JSON.stringify({ states, counts: [stats.executions, stats.blocked] });
}

const without = Object.keys(FAMILIES).filter((name) => !name.includes('interrupts')) as (keyof typeof FAMILIES)[];

test.each(without)('within 0, 1 and 2 preemptions, the states of the oracle: %s', (name) => {
  fc.assert(fc.property(FAMILIES[name].programs, equalsOracle), { numRuns: 50, seed: 1 });
});

// The optimal search goes on behind a handler that a violation ends, where no processor does: its classes are others.
const going = Object.keys(FAMILIES).filter((name) => !name.includes('violations')) as (keyof typeof FAMILIES)[];

test.each(going)('without a bound, the classes of the optimal search: %s', (name) => {
  fc.assert(fc.property(FAMILIES[name].programs, equalsOptimal), { numRuns: 40, seed: 1 });
});

/** Executions within 0, 1, 2, 3 preemptions, and without a bound. */
function counts(m: Machine): number[] {
  return [0, 1, 2, 3, EVERY].map((bound) => {
    const b = new Bounded(bound, () => {});
    drive(m, b, () => true);
    return b.stats.executions;
  });
}

describe('it is noticed that', () => {
  afterEach(() => void vi.restoreAllMocks());

  function differs(name: keyof typeof FAMILIES, same: (p: Program) => boolean): void {
    expect(fc.check(fc.property(FAMILIES[name].programs, same), { numRuns: 300, seed: 1, endOnFailure: true }).failed).toBe(true);
  }

  test('one preemption was not counted', () => {
    const { of } = Preemptions.prototype;
    vi.spyOn(Preemptions.prototype, 'of').mockImplementation(function (this: Preemptions, actor) {
      return Math.max(0, of.call(this, actor) - 1);
    });
    differs('classes: the same with waits', equalsOracle);
  });

  test('a state was not explored again at a lower cost', () => {
    const { visit } = Seen.prototype;
    vi.spyOn(Seen.prototype, 'visit').mockImplementation(function (this: Seen, a, b, c) {
      return visit.call(this, a, b, c, 0);
    });
    expect(counts(fib(3))[2]).toBeLessThan(87);
  });

  test('states were told apart without the vCPU that ran last', () => {
    const { at } = Signatures.prototype;
    vi.spyOn(Signatures.prototype, 'at').mockImplementation(function (this: Signatures, d, more) {
      return at.call(this, d, more === -2 ? more : -1);
    });
    differs('classes: accesses, locked operations, 8-byte cells, choices', equalsOracle);
  });

  test('no interrupt came before a store that had just been issued', () => {
    vi.spyOn(real, 'obstacle').mockReturnValue(null);
    vi.spyOn(real, 'keepReal').mockImplementation((m, enabled, n) => {
      let kept = 0;
      for (const actor of enabled.slice(0, n)) {
        const c = m.contexts[actor % m.contexts.length]!;
        const { drained, stores } = m.contexts[c.id]!.buffer;
        const entry = c.role === HANDLER && actor < m.contexts.length && m.inHandler[c.id] === 0;
        if (c.role === PROGRAM ? m.inHandler[c.id] === 0 : !entry || drained === stores) enabled[kept++] = actor;
      }
      return kept;
    });
    differs('states: interrupts and waits', equalsOptimal);
  });
});

test.each([
  ['fib 3', () => fib(3), [2, 18, 87, 155, 175]],
  ['dekker 2', () => dekker(2), [2, 12, 48, 92, 107]],
  ['peterson 2', () => peterson(2), [2, 4, 8, 12, 48]],
  ['sbpairs 3', () => sbpairs(3), [2, 14, 42, 60, 64]],
] as const)('%s within 0, 1, 2, 3 preemptions, and without a bound', (_, build, executions) => {
  expect(counts(build())).toEqual(executions);
});

test('two preemptions show that the entry test of Dekker needs its fence, and one does not', () => {
  const broken = (bound: number): number => {
    let n = 0;
    drive(dekker(2, false), new Bounded(bound, (_, { outcome }) => (n += outcome.violation === null ? 0 : 1)), () => true);
    return n;
  };
  expect([0, 1, 2].map(broken)).toEqual([0, 0, 4]);
});

test('a set of signatures that is full explores again and loses nothing', () => {
  const seen = new Seen(1 << 12);
  const visit = (): number => Array.from({ length: 5000 }, (_, i) => seen.visit(i * 7919, i, 1, 2)).filter((known) => known).length;
  expect(visit()).toBe(0);
  expect(visit()).toBe(2048);
  expect(seen.visit(0, 0, 1, 1)).toBe(false);
  expect(seen.visit(0, 0, 1, 3)).toBe(true);
});

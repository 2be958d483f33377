// SPDX-License-Identifier: GPL-2.0-only
/**
 * Store buffers of 1, 2 and 3 places: the searches find the final states of the explicit machine, whose stores wait for a place.
 * Seeded. Time budget: 10 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bounded } from '../../src/engines/bounded.ts';
import { drive } from '../../src/engines/strategy.ts';
import { finalStates } from '../support/explicit-state.ts';
import { explore } from '../support/explore.ts';
import { FAMILIES } from '../support/fuzz.ts';
import { type BuiltProgram, buildMachine, type Op, type Program } from '../support/programs.ts';

/** STI takes a place only here. */
const families = (Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]).filter((name) => !name.includes('interrupts'));
const DEPTHS = [1, 2, 3];

function equalsOracle(program: Program, machine: (p: Program, depth: number) => BuiltProgram = buildMachine): boolean {
  return DEPTHS.every((depth) => {
    const expected = finalStates(program, 5000, depth);
    if (expected === null) return true;
    const { m, state } = machine(program, depth);
    const { states, stats } = explore(m, state);
    return JSON.stringify(states) === JSON.stringify([...expected].sort()) && stats.redundant === 0;
  });
}

test.each(families)('%s', (name) => {
  fc.assert(
    fc.property(FAMILIES[name].programs, (p) => equalsOracle(p)),
    { numRuns: 100, seed: 1 },
  );
});

test.each(families)('the same within many preemptions: %s', (name) => {
  const same = (program: Program): void => {
    const { m, state } = buildMachine(program, 1);
    const states = new Set<string>();
    const b = new Bounded(1000, () => states.add(state()));
    drive(m, b, () => b.stats.transitions < 50_000);
    if (b.stats.transitions >= 50_000) return;
    const other = buildMachine(program, 1);
    const { states: expected, stats } = explore(other.m, other.state);
    expect([[...states].sort(), b.stats.executions, b.stats.blocked]).toEqual([expected, stats.executions, stats.blocked]);
  };
  fc.assert(fc.property(FAMILIES[name].programs, same), { numRuns: 30, seed: 1 });
});

test('with interrupts and no STI', () => {
  const noSti = (ops: Op[]): Op[] => ops.filter((o) => o.op !== 'sti' && o.op !== 'cli');
  const programs = FAMILIES['states: interrupts and waits'].programs.map((p) => ({ ...p, cpus: p.cpus.map(noSti) }));
  fc.assert(
    fc.property(programs, (p) => equalsOracle(p)),
    { numRuns: 50, seed: 1 },
  );
});

describe('a buffer of one place', () => {
  const store = (w: number): Op => ({ op: 'store', w, v: 1 });
  const load = (w: number, r: number): Op => ({ op: 'load', w, r });
  /** Two stores late at once, which both sides see late. */
  const twoLate: Program = {
    cpus: [
      [store(0), store(1), load(2, 0), load(3, 1)],
      [store(2), store(3), load(0, 0), load(1, 1)],
    ],
    handlers: null,
  };

  test('has fewer final states than one of two, and one of two as many as any', () => {
    const sizes = [1, 2, 3, Infinity].map((depth) => finalStates(twoLate, 50_000, depth)!.size);
    expect(sizes[0]).toBeLessThan(sizes[1]!);
    expect(new Set(sizes.slice(1)).size).toBe(1);
    expect(equalsOracle(twoLate)).toBe(true);
  });

  test('differs where stores do not wait', () => {
    expect(equalsOracle(twoLate, (p) => buildMachine(p))).toBe(false);
  });
});

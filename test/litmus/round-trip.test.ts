// SPDX-License-Identifier: GPL-2.0-only
/**
 * Litmus tests printed as .litmus files and read again: random ones, every vector, and the final states of what was read.
 * Time budget: 10 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, namesIn } from '../../src/litmus/condition.ts';
import { inOrder } from '../../src/litmus/program.ts';
import { disagreements, readSuite, SUITES } from '../support/litmus.ts';
import { canonical, litmusTests, reread, testOf } from '../support/litmus-text.ts';

test('a random test comes back as it was', () => {
  fc.assert(
    fc.property(litmusTests, fc.array(fc.nat(3), { minLength: 64, maxLength: 64 }), (before, values) => {
      const after = reread(before);
      const [condition] = before.conditions;
      expect(canonical(after.program)).toEqual(canonical(before.program));
      expect(after.program.name).toBe(before.program.name);
      expect(after.observed).toEqual(inOrder([...before.observed, ...namesIn(condition!.expression)]));
      expect(after.conditions[0]!.quantifier).toBe(condition!.quantifier);
      // The same truth, whatever the parentheses.
      const names = inOrder([...namesIn(condition!.expression), ...(before.filter === null ? [] : namesIn(before.filter))]);
      const value = (name: string): number => values[names.indexOf(name)]!;
      expect(holds(after.conditions[0]!.expression, value)).toBe(holds(condition!.expression, value));
      expect(after.filter === null).toBe(before.filter === null);
      if (after.filter !== null) expect(holds(after.filter, value)).toBe(holds(before.filter!, value));
    }),
    { seed: 1, numRuns: 1000 },
  );
});

describe('every vector comes back as it was:', () => {
  test.each(SUITES)('%s', (suite) => {
    for (const record of readSuite(suite)) {
      const { program, observed, conditions } = reread(testOf(record));
      expect(canonical(program)).toEqual(canonical(record));
      expect(observed).toEqual(inOrder(record.vars));
      const [condition] = record.conditions;
      const value = (state: readonly number[]) => (name: string) => state[record.vars.indexOf(name)]!;
      for (const state of condition === undefined ? [] : record.states)
        expect(holds(conditions[0]!.expression, value(state))).toBe(holds(condition!.expression, value(state)));
    }
  });
});

describe('what was read has the recorded final states:', () => {
  test.each(['translation', 'classic', 'coherence', 'catalogue'])('%s', (suite) => {
    const found = readSuite(suite).flatMap((record) => disagreements({ ...record, ...reread(testOf(record)).program, vars: record.vars }));
    expect(found).toEqual([]);
  });
});

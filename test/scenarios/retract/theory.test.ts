// SPDX-License-Identifier: GPL-2.0-only
/**
 * The formulas of theory.ts say of every cell what the enumeration of slot histories says, which shares nothing with them; and each rule of
 * that enumeration matters. Whether the machine agrees is table.test.ts's business.
 * Time budget: 20 s.
 */
import { describe, expect, test } from 'vitest';
import { expected } from '../../../src/scenarios/retract/theory.ts';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { type Rules, rules, verdictByHistories } from '../../support/slot-histories.ts';
import { distinct, product, retract, textOf } from './cells.ts';

const cells = product();
const byHypercall = product({ flush: 'hypercall' });
const byFault = product({ via: 'cow' });
const differing = (configs: readonly Config[], r: Rules = rules): string[] =>
  configs.filter((c) => expected(c) !== verdictByHistories(c, r)).map(textOf);

describe('the formulas and the enumeration agree', () => {
  test('on all 864 cells', () => {
    expect(cells).toHaveLength(864);
    expect(differing(cells)).toEqual([]);
  });

  test('on the same cells with a flush by hypercall', () => {
    expect(byHypercall).toHaveLength(864);
    expect(differing(byHypercall)).toEqual([]);
  });

  test('on the same cells with a private write fault', () => {
    expect(byFault).toHaveLength(864);
    expect(differing(byFault)).toEqual([]);
    expect(differing(product({ flush: 'hypercall', via: 'cow' }))).toEqual([]);
  });

  test('that a copy has the verdict of what it is a copy of', () => {
    for (const c of [...cells, ...byHypercall, ...byFault])
      expect(verdictByHistories(retract.sameAs!(c)), textOf(c)).toBe(verdictByHistories(c));
  });

  test('162 cells are violated, and 216 are no copy of another', () => {
    expect(cells.filter((c) => verdictByHistories(c) === 'violated')).toHaveLength(162);
    expect(distinct(cells)).toHaveLength(216);
  });
});

describe('without one rule of the enumeration some cell differs', () => {
  test.each(Object.keys(rules) as (keyof Rules)[])('%s', (rule) => {
    const broken = { ...rules, [rule]: false };
    expect([cells, byHypercall, byFault].flatMap((some) => differing(some, broken))).not.toEqual([]);
  });
});

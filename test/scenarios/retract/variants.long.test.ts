// SPDX-License-Identifier: GPL-2.0-only
/** What is true of the readers of variants.test.ts with larger spaces; and a reader in an NMI. Time budget: 40 s. */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { kindsOf, verdictOf } from './cells.ts';

const holds = { verdict: 'holds', complete: true, note: null, blocked: 0 };
const torn = { verdict: 'violated', note: null, counterexample: { violation: { kind: 'torn-pair' } } };

describe('retract-nmi: perf looks at the page table in an NMI', () => {
  test('it holds, by the flush or by the sync', () => {
    expect(verdictOf('retract-nmi')).toMatchObject(holds);
    expect(verdictOf('retract-nmi', { sync: 'absent' })).toMatchObject(holds);
  });

  test('with neither it is violated', () => {
    expect(verdictOf('retract-nmi', { flush: 'hypercall' })).toMatchObject(holds);
    expect(verdictOf('retract-nmi', { flush: 'hypercall', sync: 'absent' })).toMatchObject(torn);
    expect(kindsOf('retract-nmi', { sync: 'absent' }, ['collapse-flush'])).toEqual(['torn-pair']);
  });

  test('nobody need turn interrupts off: an NMI handler has them off; but somebody must wait for it', () => {
    expect(verdictOf('retract-nmi', {}, ['lockless-irqs-off', 'gup-irqs-off'])).toMatchObject(holds);
    expect(kindsOf('retract-nmi', { sync: 'absent' }, ['csd-wait'])).toContain('torn-pair');
  });
});

test.each<Config>([{ refault: 'other' }, { history: 't2' }])('retract-user holds by the flush alone: %j', (config) => {
  expect(verdictOf('retract-user', config)).toMatchObject(holds);
});

test('retract-gup does not miss gup-pmd-recheck, whoever brings the next table', () => {
  expect(kindsOf('retract-gup', { refault: 'other' }, ['gup-pmd-recheck'])).toEqual([]);
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The table rests on code: each synchronisation step of the port that `retract` goes through can be taken away, and then some configuration
 * is violated that holds with it. Where two CPUs are enough, all kinds of violation are told: every execution is looked at.
 * Time budget: 60 s.
 */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { kindsOf, textOf, verdictOf } from './cells.ts';

/** The configurations that the guards are taken away in: all of them hold. */
const asIn66: Config = {};
const byTheFlush: Config = { reader: 'active', sync: 'absent' };
const byAnother: Config = { refault: 'other' };

describe('with every guard the configuration holds', () => {
  test.each<[string, Config]>([
    ['as in Linux 6.6', asIn66],
    ["by the flush alone, on the reader's CPU", byTheFlush],
    ['with the next table from another CPU', byAnother],
  ])('%s', (_, config) => {
    expect(verdictOf('retract', config)).toMatchObject({ verdict: 'holds', complete: true, note: null });
  });
});

describe('a wait for the reader', () => {
  test('collapse-flush: where there is no sync, the flush is what waits for a CPU that runs P', () => {
    expect(kindsOf('retract', byTheFlush, ['collapse-flush'])).toEqual(['torn-pair']);
  });

  test('collapse-flush alone is missed by nobody while the sync is there', () => {
    expect(kindsOf('retract', { reader: 'active' }, ['collapse-flush'])).toEqual([]);
  });

  test('lockless-sync: the flush leaves a CPU out that has another mm', () => {
    expect(kindsOf('retract', asIn66, ['lockless-sync'])).toEqual(['torn-pair']);
  });

  test('csd-wait: an interrupt that is sent and not waited for', () => {
    expect(kindsOf('retract', asIn66, ['csd-wait'])).toEqual(['torn-pair']);
  });

  test('lockless-irqs-off: an interrupt that is served between the loads', () => {
    expect(kindsOf('retract', asIn66, ['lockless-irqs-off'])).toEqual(['torn-pair']);
  });
});

describe('the order of the three loads', () => {
  test('low-reread: low of A, high of none, and nobody looks whether low is still that of A', () => {
    expect(kindsOf('retract', asIn66, ['low-reread'])).toEqual(['torn-pair']);
  });

  test('low-reread: without HIGHPTE there is no high half to be wrong', () => {
    expect(kindsOf('retract', { highpte: 'n' }, ['low-reread'])).toEqual([]);
  });

  test('low-first: high of none, then low of B twice: no interrupt is in the way, for the read begins when the sync is over', () => {
    expect(kindsOf('retract', asIn66, ['low-first'])).toEqual(['torn-pair']);
  });

  test('low-first: that takes one window beside the first, and no huge mapping', () => {
    expect(kindsOf('retract', { windows: '2' }, ['low-first'])).toEqual(['torn-pair']);
    expect(kindsOf('retract', { highpte: 'n' }, ['low-first'])).toEqual([]);
  });
});

describe('the life of the table', () => {
  test('rcu-read-lock: the table is freed while the reader waits for its lock', () => {
    expect(kindsOf('retract', asIn66, ['rcu-read-lock'])).toEqual(['freed-frame']);
  });

  test('pte-free-defer: so it is if it is freed at once', () => {
    expect(kindsOf('retract', asIn66, ['pte-free-defer'])).toEqual(['freed-frame']);
  });
});

describe('the locks of the retraction, and who looks again under them', () => {
  test.each([
    ['retract-pml', 'the next table comes before the sync is over', 'torn-pair'],
    ['retract-ptl', 'the page is put into a table that has just left its slot', 'lost-page'],
    ['anon-vma-recheck', 'the table has got its first anonymous page', 'lost-page'],
    ['pmd-same-recheck', 'the table that was locked is in its slot no more', 'lost-page'],
  ])('%s: %s', (guard, _, kind) => {
    expect(verdictOf('retract', byAnother, [guard])).toMatchObject({ verdict: 'violated', counterexample: { violation: { kind } } });
  });

  test.each(['retract-pml', 'retract-ptl', 'anon-vma-recheck', 'pmd-same-recheck'])(
    '%s is about the CPU that brings the table: if it retracts itself, nothing is lost',
    (guard) => {
      expect(kindsOf('retract', asIn66, [guard])).toEqual([]);
    },
  );
});

test('a guard that the configuration leaves out is as if the user had taken it away', () => {
  const counts = (config: Config, without: string[]) => {
    const { verdict, executions, blocked, transitions } = verdictOf('retract', config, without);
    return { verdict, executions, blocked, transitions };
  };
  for (const reader of ['lazy', 'foreign']) {
    expect(counts({ reader, irqs: 'on' }, []), textOf({ reader })).toEqual(counts({ reader }, ['lockless-irqs-off']));
    expect(counts({ reader, sync: 'absent' }, []), textOf({ reader })).toEqual(counts({ reader }, ['lockless-sync']));
  }
});

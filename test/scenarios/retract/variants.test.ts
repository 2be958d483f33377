// SPDX-License-Identifier: GPL-2.0-only
/**
 * The other readers of the slot, the other releases and builds: who is protected by what. More: variants.long.test.ts.
 * Time budget: 25 s.
 */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { kindsOf, product, scenarioNamed, textOf, verdictOf } from './cells.ts';

const holds = { verdict: 'holds', complete: true, note: null, blocked: 0 };
const torn = { verdict: 'violated', note: null, counterexample: { violation: { kind: 'torn-pair' } } };

describe('retract-mglru: the pmd is read with interrupts on', () => {
  test('it is violated with every guard in place', () => {
    expect(verdictOf('retract-mglru')).toMatchObject(torn);
    expect(kindsOf('retract-mglru', {}, [])).toEqual(['torn-pair']);
  });

  test.each<Config>([{ highpte: 'n' }, { windows: '2' }])('it holds where no pair can be wrong: %j', (config) => {
    expect(verdictOf('retract-mglru', config)).toMatchObject(holds);
  });

  test('a huge mapping in between: two windows are enough, and pmd_bad() is reported, of the copy', () => {
    const v = verdictOf('retract-mglru', { windows: '2', history: 't2' });
    expect(v).toMatchObject(torn);
    expect(v.counterexample?.violation.summary).toContain('pmd_bad() is reported');
  });

  test('it holds in 6.5, whose mmap_lock keeps it out', () => {
    expect(verdictOf('retract-mglru', { release: '6.5' })).toMatchObject(holds);
  });
});

describe('retract-gup: interrupts are off for the whole walk', () => {
  test('it holds, by the flush or by the sync', () => {
    expect(verdictOf('retract-gup')).toMatchObject(holds);
    expect(verdictOf('retract-gup', { sync: 'absent' })).toMatchObject(holds);
  });

  test('without gup-irqs-off it is violated: the pair, and the table that nobody waits to free', () => {
    expect(kindsOf('retract-gup', {}, ['gup-irqs-off'])).toEqual(['data-race', 'freed-frame', 'torn-pair']);
  });

  test('a flush by hypercall waits for nobody: then it holds by the sync alone', () => {
    expect(verdictOf('retract-gup', { flush: 'hypercall' })).toMatchObject(holds);
    expect(verdictOf('retract-gup', { flush: 'hypercall', sync: 'absent' })).toMatchObject(torn);
  });

  test('gup-pmd-recheck is not missed here: every pte of the old table is gone, so there is no page to take', () => {
    expect(kindsOf('retract-gup', {}, ['gup-pmd-recheck'])).toEqual([]);
  });
});

describe('retract-user: a vCPU that may remember the pmd', () => {
  test.each<Config>([{}, { sync: 'absent' }, { release: '6.5' }])('it holds by the flush alone: %j', (config) => {
    expect(verdictOf('retract-user', config)).toMatchObject(holds);
  });

  test('without the flush the page walker reads the freed table', () => {
    expect(kindsOf('retract-user', {}, ['collapse-flush'])).toEqual(['freed-frame']);
    expect(verdictOf('retract-user', {}, ['collapse-flush']).counterexample?.violation.summary).toBe(
      'the page walker of CPU1 reads frame 0x12345 as a page table: it is freed',
    );
  });

  test('without the wait for the flush it does as well', () => {
    expect(kindsOf('retract-user', { sync: 'absent' }, ['csd-wait'])).toContain('freed-frame');
  });
});

describe('retract-remote: as retract with a foreign reader', () => {
  test.each<Config>([{}, { sync: 'absent' }, { irqs: 'on' }, { sync: 'after-unlock' }, { highpte: 'n', sync: 'absent' }])(
    '%j',
    (config) => {
      const wanted = verdictOf('retract', { ...config, reader: 'foreign' });
      const v = verdictOf('retract-remote', config);
      expect(v).toMatchObject({ verdict: wanted.verdict, complete: wanted.complete, note: null });
      expect(v.counterexample?.violation.kind).toBe(wanted.counterexample?.violation.kind);
    },
  );

  test('its theory is that of retract, for every cell', () => {
    const remote = scenarioNamed('retract-remote');
    for (const config of product({}, remote))
      expect(remote.expected!(config), textOf(config)).toBe(scenarioNamed('retract').expected!({ ...config, reader: 'foreign' }));
  });
});

describe('release=6.5: the locks keep every reader out', () => {
  const off = ['low-reread', 'pte-free-defer', 'rcu-read-lock'];
  test.each(['active', 'lazy', 'foreign'])(
    'it holds with reader=%s, interrupts on, and every step that is for lockless readers taken away',
    (reader) => {
      for (const refault of ['same', 'other'])
        expect(verdictOf('retract', { release: '6.5', reader, irqs: 'on', refault }, off)).toMatchObject(holds);
    },
  );

  test.each(['retract-mglru', 'retract-remote'])('so it does for %s', (name) => {
    expect(verdictOf(name, { release: '6.5' }, [...off, 'lockless-irqs-off'])).toMatchObject(holds);
  });

  test('but a table may come at any time, under mmap_lock for reading: low is read first even so', () => {
    expect(kindsOf('retract', { release: '6.5' }, ['low-first'])).toEqual(['torn-pair']);
  });

  test('gup_fast takes no lock: it needs its interrupts off', () => {
    expect(verdictOf('retract-gup', { release: '6.5' })).toMatchObject(holds);
    expect(verdictOf('retract-gup', { release: '6.5' }, ['gup-irqs-off']).verdict).toBe('violated');
  });
});

describe('builds and machines', () => {
  test('PARAVIRT=n: violated with every step in place, since the sync is empty', () => {
    expect(verdictOf('retract', { paravirt: 'n' })).toMatchObject(torn);
  });

  test('a flush by hypercall does not protect a reader that runs P; the sync does', () => {
    expect(verdictOf('retract', { flush: 'hypercall', reader: 'active' })).toMatchObject(holds);
    expect(verdictOf('retract', { flush: 'hypercall', reader: 'active', sync: 'absent' })).toMatchObject(torn);
  });

  test('a table that a private write fault brings waits for the folio lock, and so for a late sync', () => {
    const late = { sync: 'after-unlock', refault: 'other' };
    expect(verdictOf('retract', { ...late, via: 'cow' })).toMatchObject(holds);
    expect(verdictOf('retract', { ...late, via: 'uffd' })).toMatchObject(torn);
    expect(verdictOf('retract', { via: 'cow', sync: 'absent' })).toMatchObject(torn);
  });

  test('a huge mapping in between makes pmd_clear_bad() clear the live entry', () => {
    const v = verdictOf('retract', { windows: '2', history: 't2', sync: 'absent' });
    expect(v).toMatchObject(torn);
    expect(v.counterexample?.violation.summary).toContain('pmd_clear_bad() clears the live entry');
  });
});

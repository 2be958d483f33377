// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine and the exploration against the litmus vectors: exactly the final states that x86-TSO allows, from exactly one execution for
 * each reads-from and coherence graph. Then the machine with one rule of TSO broken: the comparison has to notice each.
 * Time budget: 3 s.
 */
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../cpu/machine.ts';
import { disagreements, readSuite } from '../support/litmus.ts';

describe('every program has exactly the final states and executions of x86-TSO:', () => {
  test.each([
    ['classic', 56],
    ['coherence', 10],
    ['basic-3', 90],
    ['pae', 383],
  ])('%s, %i programs', (suite, programs) => {
    const records = readSuite(suite);
    expect(records).toHaveLength(programs);
    expect(records.flatMap((r) => disagreements(r))).toEqual([]);
  });

  test('translation: page tables, TLBs, shootdowns, 33 programs', () => {
    const records = readSuite('translation');
    expect(records).toHaveLength(33);
    expect(records.flatMap((r) => disagreements(r))).toEqual([]);
  });
});

/** Has `before` run before the enabled transitions are listed. */
function beforeEach(m: Machine, before: () => void): void {
  const enabled = m.enabled.bind(m);
  m.enabled = (out) => {
    before();
    return enabled(out);
  };
}

/** A store changes places with the one before it, if that is to another word. */
function reorderStores(m: Machine): void {
  for (const { buffer: b } of m.contexts) {
    const push = b.push.bind(b);
    b.push = (...args) => {
      push(...args);
      const i = b.issued - 1;
      if (b.left >= i || b.at[i] === b.at[i - 1]) return;
      for (const column of [b.at, b.lo, b.hi, b.flags]) [column[i], column[i - 1]] = [column[i - 1]!, column[i]!];
    };
  }
}

const MUTANTS: Record<string, (m: Machine) => void> = {
  'fences and locked operations do not wait for the buffer': (m) =>
    beforeEach(m, () => {
      for (const c of m.contexts) c.need = 0;
    }),
  'loads do not see the own buffer': (m) => {
    for (const c of m.contexts) c.buffer.newest = () => -1;
  },
  'stores leave the buffer in another order': reorderStores,
  'stores reach memory at once': (m) => {
    m.direct = true;
  },
};

describe('the comparison notices that', () => {
  test.each(Object.keys(MUTANTS))('%s', (name) => {
    const wrong = readSuite('classic').flatMap((r) => disagreements(r, MUTANTS[name]));
    expect(wrong.filter((w) => / (missing|extra) /.test(w))).not.toEqual([]);
  });
});

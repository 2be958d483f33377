// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random small programs. Without interrupts, the classes that the exploration runs are compared with the classes of all orders of the
 * transitions: none missing, none twice. With them, the final states are compared with those of test/support/explicit-state.ts.
 * Then the machine tells the exploration something wrong about its transitions: random programs have to show each.
 * Seeded. Over a thousand programs in all; ten thousand of each kind in the long run. Time budget: 15 s.
 */
import { describe, expect, test } from 'vitest';
import { type Footprint, summarise } from '../../../cpu/footprint.ts';
import { RMW } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { compareWithout } from '../../support/agreement.ts';
import type { Rule } from '../../support/explicit-state.ts';
import { FAMILIES, fuzz } from '../../support/fuzz.ts';

describe('100 random programs agree with the oracle in their', () => {
  test.each(Object.keys(FAMILIES) as (keyof typeof FAMILIES)[])('%s', (name) => {
    expect(fuzz(FAMILIES[name], 100, 20)).toBeNull();
  });
});

/** The machine tells the exploration something else than it does. */
const lies = (lie: (f: Footprint) => void) => (m: Machine) => {
  const footprint = m.footprint.bind(m);
  m.footprint = (actor, f) => {
    footprint(actor, f);
    lie(f);
  };
};

const CLASSES = FAMILIES['classes: the same with waits'];
const UPDATES = FAMILIES['states: mostly commuting updates'];
const INTERRUPTS = FAMILIES['states: interrupts among accesses'];

describe('a random program shows that', () => {
  test('a load that forwards was taken to conflict with every foreign write', () => {
    const found = fuzz(
      CLASSES,
      1000,
      20,
      lies((f) => {
        f.ord0 = f.ord1 = 0;
      }),
    );
    expect(found?.verdict?.doubled).toBeGreaterThan(0);
  });

  test('a load behind an own store that has drained was taken to conflict with no foreign write', () => {
    const found = fuzz(
      CLASSES,
      1000,
      20,
      lies((f) => {
        f.snap = null;
      }),
    );
    expect(found?.verdict?.missing).not.toHaveLength(0);
  });

  test('an update was taken to commute with updates of another kind', () => {
    const found = fuzz(
      UPDATES,
      1000,
      20,
      lies((f) => {
        if (f.commute >= 0) f.commute = 0;
      }),
    );
    expect(found?.verdict?.missing).not.toHaveLength(0);
  });

  test('a failing compare-and-exchange was taken for a write', () => {
    const found = fuzz(
      CLASSES,
      1000,
      20,
      lies((f) => {
        if (f.kind === RMW) f.writes = true;
        summarise(f);
      }),
    );
    expect(found?.verdict?.doubled).toBeGreaterThan(0);
  });

  test('a program may move while its handler runs', () => {
    const found = fuzz(INTERRUPTS, 1000, 20, (m) => {
      Object.defineProperty(m, 'inOrder', { get: () => true, set: () => {} });
    });
    expect(found?.verdict?.extra).not.toHaveLength(0);
  });
});

test.each<Rule>(['an NMI is taken with IF = 0', 'an interrupt waits for IRET of an NMI'])('a random program shows that %s', (rule) => {
  const { programs } = FAMILIES['states: interrupts and NMIs among accesses'];
  expect(fuzz({ programs, compare: compareWithout(rule) }, 1000, 20, () => {})).not.toBeNull();
});

// SPDX-License-Identifier: GPL-2.0-only
/** Every recorded case, but those that cannot agree. Budget: 5 min. */
import { describe, expect, it } from 'vitest';
import { KNOWN } from '../../src/conformance/collapse/known.ts';
import { Machines, runCase } from '../../src/conformance/collapse/run-case.ts';
import { DEFAULTS } from '../../src/workload/world.ts';
import { casesOf } from './collapse-cases.ts';

const machines = new Machines(DEFAULTS);
const GROUPS = ['anon', 'shmem', 'multi', 'file', 'ipi', 'tlb', 'facts'];

describe.each(GROUPS)('%s', (group) => {
  it.each(casesOf(group).map((r) => [r.id, r] as const))('%s', (id, record) => {
    const counted = runCase(machines, record).found.filter((d) => d.level !== 'L5' || group === 'ipi' || group === 'tlb');
    expect(counted.length === 0).toBe(!Object.hasOwn(KNOWN, id));
  });
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which CPUs a flush interrupts, what it drops and who is passed over, as recorded on a real kernel, also where vCPUs have clocks: every record of the
 * groups ipi and tlb. Budget: 40 s of CPU time.
 */
import { describe, expect, it } from 'vitest';
import { Machines, runCase } from '../../../src/conformance/collapse/run-case.ts';
import { costsOf, PROFILES } from '../../../src/engines/timed/costs.ts';
import { TimedEngine } from '../../../src/engines/timed/engine.ts';
import { DEFAULTS } from '../../../src/workload/world.ts';
import { casesOf } from '../../conformance/collapse-cases.ts';

const profile = PROFILES['haswell-1s'];
const machines = new Machines(
  DEFAULTS,
  (m) => new TimedEngine(m, { costs: costsOf(profile), socket: profile.socket, cluster: profile.cluster, seed: 1 }),
);

describe.each(['ipi', 'tlb'])('group %s', (group) => {
  it.each(casesOf(group).map((r) => [r.id, r] as const))('%s', (_, record) => {
    expect(runCase(machines, record).found).toEqual([]);
  });
});

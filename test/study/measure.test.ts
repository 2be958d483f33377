// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a run of a study counts, against what can be said beforehand; that it is the same each time, and a policy that does nothing shows.
 * Budget: 4 s of CPU time.
 */
import { describe, expect, it } from 'vitest';
import { costsOf, PROFILES, type Profile } from '../../src/engines/timed/costs.ts';
import { policyNamed } from '../../src/policies/index.ts';
import { StudyMemory } from '../../src/study/bench-machine.ts';
import { type Measured, measure } from '../../src/study/measure.ts';
import { parseRecording } from '../../src/study/recording.ts';
import type { Setting } from '../../src/study/setting.ts';

const memory = new StudyMemory();
const ROUNDS = 10;

function setting(change: Partial<Setting> = {}): Setting {
  const profile: Profile = PROFILES['haswell-1s'];
  const base = { cpus: 4, policy: policyNamed('linux'), profileName: 'haswell-1s', profile, costs: costsOf(profile) } as const;
  return { ...base, workload: 'dontneed', pages: 1, initiators: 1, idle: 0, pause: 0, rounds: ROUNDS, seed: 1, ...change };
}

const run = (change: Partial<Setting> = {}): Measured => measure(setting(change), memory);

it('sends an interrupt to each other CPU for each flush, and each is taken', () => {
  const m = run();
  expect([m.sent, m.received, m.coalesced, m.lazySkips]).toEqual([ROUNDS * 3, ROUNDS * 3, 0, 0]);
  expect([m.initiator.values.length, m.victims.values.length, m.arrival.values.length]).toEqual([ROUNDS, ROUNDS * 3, ROUNDS * 3]);
});

it.each([
  [33, 0, ROUNDS * 4],
  [34, ROUNDS * 4, 0],
])('%i pages: %i full flushes, %i ranged', (pages, full, ranged) => {
  expect(run({ pages }).flushes).toEqual({ full, ranged });
});

it('the phases of an operation add up to its duration', () => {
  const m = run();
  const sum = m.phases.reduce((a, b) => a + b, 0);
  expect(Math.abs(sum - m.initiator.summary().mean)).toBeLessThan(0.01);
});

it('is the same with the same seed, and another with another', () => {
  expect(run().initiator.values).toEqual(run().initiator.values);
  expect(run({ seed: 2 }).initiator.values).not.toEqual(run().initiator.values);
});

it('an interrupt to another socket takes longer', () => {
  const far = run({ profile: { ...setting().profile, socket: 1 } });
  expect(far.initiator.summary().p50).toBeGreaterThan(run().initiator.summary().p50);
});

it('one write of the ICR reaches a cluster', () => {
  const clustered = run({ cpus: 16, profile: { ...setting().profile, cluster: 16 } });
  expect(clustered.sent).toBe(ROUNDS * 15);
  const saved = run({ cpus: 16 }).phases[2]! - clustered.phases[2]!;
  expect(saved).toBeCloseTo(14 * setting().costs.icr, 3);
});

describe('several initiators', () => {
  it('find calls of others in the queues of their targets, and send no interrupt for theirs; who is behind flushes everything', () => {
    const m = run({ initiators: 3 });
    expect(m.initiator.values.length).toBe(3 * ROUNDS);
    expect(m.sent + m.coalesced).toBe(3 * ROUNDS * 3);
    expect(m.coalesced).toBeGreaterThan(ROUNDS);
    expect(m.flushes.full).toBeGreaterThan(m.flushes.ranged);
    expect(m.phases[5]).toBeGreaterThan(0);
    expect(run({ initiators: 4 }).throughput).toBe(null);
  });

  it('meet seldom where each has a long pause', () => {
    const m = run({ initiators: 3, pause: 1_000_000 });
    expect([m.sent + m.coalesced, m.coalesced < 3, m.flushes.full < 9]).toEqual([3 * ROUNDS * 3, true, true]);
    expect(m.throughput).toBeGreaterThan(0.99);
    expect(run({ initiators: 3, pause: 1000 }).initiator.values).toEqual(run({ initiators: 3, pause: 1000 }).initiator.values);
  });

  it.each(['munmap', 'mprotect'] as const)('wait for each other at the lock of the address space: %s', (workload) => {
    expect(run({ workload, initiators: 4 }).rate).toBeLessThan(1.5 * run({ workload, cpus: 4 }).rate);
  });
});

it('leaves out CPUs that are idle, and a policy that does not wakes them', () => {
  const m = run({ cpus: 6, idle: 2 });
  expect([m.sent, m.lazySkips]).toEqual([ROUNDS * 3, ROUNDS * 2]);
  expect(run({ cpus: 6, idle: 2, policy: policyNamed('broadcast') }).sent).toBe(ROUNDS * 5);
});

it('munmap of one mapping of several keeps the page table, so that a policy may put the rest off', () => {
  const change = { workload: 'munmap', pause: 1_000_000 } as const;
  const lazy = run({ ...change, policy: policyNamed('lazy') }).initiator.summary().p50;
  expect(lazy).toBeLessThan(0.7 * run(change).initiator.summary().p50);
});

describe('a policy', () => {
  it('that does not flush sends nothing', () => {
    expect(run({ policy: policyNamed('none') }).sent).toBe(0);
  });

  it.each(['serial', 'broadcast', 'early-ack', 'lazy', 'access-bit', 'invlpgb'])('%s runs every workload', (name) => {
    for (const workload of ['dontneed', 'munmap', 'mprotect'] as const)
      expect(run({ policy: policyNamed(name), workload, rounds: 3 }).initiator.values.length).toBe(3);
  });
});

it('replays a recording: the CPU that has gone idle is lazy, and not interrupted', () => {
  const flush = (time: string, cpu: number): string => `a-1 [00${cpu}] d..2 ${time}: tlb_flush: pages:1 reason:remote ipi send (4)`;
  const idle = 'a-1 [001] d..2 1.000100: sched_switch: prev_comm=a ==> next_comm=swapper/1 next_pid=0';
  const m = run({ cpus: 3, workload: parseRecording([flush('1.000000', 0), idle, flush('1.000200', 0)].join('\n'), 'trace.txt') });
  expect([m.initiator.values.length, m.sent, m.lazySkips]).toEqual([2, 3, 1]);
  expect(m.time).toBeGreaterThan(200_000);
});

it('two CPUs that flush at once wait for each other and both get through', () => {
  const flush = (cpu: number): string => `a-1 [00${cpu}] d..2 1.000000: tlb_flush: pages:1 reason:remote ipi send (4)`;
  const m = run({ cpus: 4, workload: parseRecording([flush(0), flush(1), flush(2)].join('\n'), 'trace.txt') });
  expect(m.initiator.values.length).toBe(3);
  expect(m.sent + m.coalesced).toBeGreaterThanOrEqual(9);
});

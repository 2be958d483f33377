// SPDX-License-Identifier: GPL-2.0-only
/**
 * A policy that takes translations back, against user code that may remember them: does anybody use a page that has been given back, write to one that may
 * not be written to, or find an old page where there is a new one?
 *
 *   CPU0  a thread of P, takes the page away
 *   CPU1  another one, which uses it: all along, coming back from a kernel thread, or switched to meanwhile
 */
import { REMEMBERED } from '../../../cpu/translate.ts';
import type { Policy } from '../../kernel/policy.ts';
import { policies, policyNamed } from '../../policies/index.ts';
import { MEMORY } from '../collapse/world.ts';
import { type Axis, type Config, type Scenario, scenario } from '../scenario.ts';
import { GIVEN_BACK, operationOf, operations } from './operations.ts';
import { expected } from './theory.ts';
import { victim } from './victim.ts';
import { buildWorld, type World } from './world.ts';

const axes: Record<string, Axis> = {
  operation: {
    values: Object.keys(operations),
    default: 'dontneed',
    about: Object.entries(operations)
      .map(([name, o]) => `${name} (${o.about})`)
      .join(', '),
  },
  victim: {
    values: ['active', 'lazy', 'switching'],
    default: 'active',
    about: 'what CPU1 has loaded at first: P, P lazily, or another mm',
  },
};

const base = (policyOf: (config: Config) => Policy): Omit<Scenario<World>, 'name' | 'about' | 'axes'> => ({
  bounds: [
    'one operation on one page of 4 KiB, by one CPU; two accesses by one other, with a tick between them; a page fault ends its program',
    'what is freed is not used again, and to touch it is a violation; no page table is freed',
    'interrupts by xAPIC; no NMI, no preemption, and no accesses to user memory by the kernel',
  ],
  machine: (config) => ({ cpus: 2, callbacks: 6, tlb: [1], memory: MEMORY, invlpgb: policyOf(config).invlpgb === true }),
  kernel: (config) => ({ quarantine: true, keepNodes: true, policy: policyOf(config) }),
  setup: (c, k, config) => buildWorld(c, k, config.victim!),
  programs: (w, config) => [
    { cpu: 0, comm: 'P/1', run: (c) => operationOf(config.operation!).run(c, w) },
    { cpu: 1, comm: 'P/2', run: (c) => victim(c, w, operationOf(config.operation!)) },
  ],
  reachable: (config) => [REMEMBERED, ...(['munmap', 'dontneed', 'age'].includes(config.operation!) ? [GIVEN_BACK] : [])],
});

export const shootdown: Scenario<World> = scenario<World>({
  name: 'shootdown',
  about: 'a policy of TLB shootdown against user code that may remember translations',
  axes: {
    policy: {
      values: policies.map((p) => p.name),
      default: 'linux',
      about: 'how translations are taken back; docs/policies.md has each, and one of your own by --policy FILE',
    },
    ...axes,
  },
  ...base((config) => policyNamed(config.policy!)),
  expected,
});

/** The same for a policy that does not come with paelab; no verdict is expected. */
export const shootdownOf = (policy: Policy): Scenario<World> =>
  scenario<World>({
    name: `shootdown-${policy.name}`,
    about: `the policy '${policy.name}' against user code that may remember translations`,
    axes,
    ...base(() => policy),
  });

// SPDX-License-Identifier: GPL-2.0-only
/**
 * collapse_huge_page(), with all that leads to it, against whoever else is at work on the same 2 MiB of anonymous memory, of which two pages are there.
 *
 *   CPU0  collapses: a thread of P by MADV_COLLAPSE, or khugepaged
 *   CPU1  does what `against` says
 */
import { type Scenario, scenario } from '../scenario.ts';
import { checks } from './checks.ts';
import { againstAxis, bootCpus, byAxis, shared } from './collapse.ts';
import { partyOf } from './parties.ts';
import { bootWorld, fill, map, PRESENT_PAGES, type World } from './world.ts';

export const collapseAnon: Scenario<World> = scenario<World>({
  name: 'collapse-anon',
  about: 'collapse_huge_page(), whole, against whoever else is at work on the same 2 MiB',
  axes: {
    against: againstAxis(['none', 'write-fault', 'load', 'store', 'gup', 'dontneed', 'dontneed-page', 'fork', 'munmap', 'exit', 'rmap']),
    by: byAxis,
    flush: { values: ['native', 'hypercall'], default: 'native', about: 'how a TLB flush reaches other CPUs', extra: true },
  },
  bounds: [
    'one collapse of one 2 MiB range with two pages, against one other program',
    'freed pages are not used again; interrupts by xAPIC; no NMI, no preemption',
  ],
  ...shared,
  setup(c, k, config) {
    const w = bootWorld(c, k);
    map(c, w, false);
    for (const page of PRESENT_PAGES) fill(c, w, page);
    bootCpus(c, w, config);
    return w;
  },
  atEnd: (w, config) => checks(w, partyOf(config.against!)),
});

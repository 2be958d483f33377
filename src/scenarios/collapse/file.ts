// SPDX-License-Identifier: GPL-2.0-only
/**
 * collapse_file(), with all that leads to it and what follows, against whoever else is at work on the same 2 MiB of a shmem file, of which two pages are
 * there.
 *
 *   CPU0  collapses: a thread of P by MADV_COLLAPSE, or khugepaged
 *   CPU1  does what `against` says
 */
import { type Config, type Scenario, scenario } from '../scenario.ts';
import { checks } from './checks.ts';
import { againstAxis, bootCpus, byAxis, FILE_PARTIES, mappingAxis, releaseAxis, shared } from './collapse.ts';
import { partyOf } from './parties.ts';
import { bootFile, bootWorld, map, PRESENT_PAGES, touch, type World } from './world.ts';

export const collapseFile: Scenario<World> = scenario<World>({
  name: 'collapse-file',
  about: 'collapse_file(), whole, against whoever else is at work on the same 2 MiB',
  axes: {
    against: againstAxis(FILE_PARTIES),
    by: byAxis,
    mapping: mappingAxis,
    release: releaseAxis,
  },
  bounds: [
    'one collapse of one 2 MiB range of a file with two pages, mapped once, against one other program',
    'nodes of the page cache are not freed; freed pages are not used again; interrupts by xAPIC; no NMI, no preemption',
  ],
  ...shared,
  conflict: (config: Config) =>
    shared.conflict(config) ??
    (config.mapping === 'private' && config.against === 'gup' ? 'against=gup is about a page of the file, not about a copy' : null),
  setup(c, k, config) {
    const w = bootWorld(c, k);
    bootFile(c, w);
    map(c, w, config.mapping === 'shared');
    for (const page of PRESENT_PAGES) touch(c, w, page);
    bootCpus(c, w, config);
    return w;
  },
  atEnd: (w, config) => checks(w, partyOf(config.against!), config.mapping === 'private'),
});

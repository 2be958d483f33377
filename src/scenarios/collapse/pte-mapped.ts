// SPDX-License-Identifier: GPL-2.0-only
/**
 * collapse_pte_mapped_thp(), with all that leads to it, against whoever else is at work on the same 2 MiB. The file has its huge page already, and P maps
 * some of it page by page.
 *
 *   CPU0  collapses: a thread of P by MADV_COLLAPSE, or khugepaged
 *   CPU1  does what `against` says
 */
import { drive } from '../../../cpu/direct.ts';
import { mm_find_pmd } from '../../kernel/include/linux/mm.ts';
import { madvise_collapse_control } from '../../kernel/mm/khugepaged/collapse_control.ts';
import { collapse_file } from '../../kernel/mm/khugepaged/collapse_file.ts';
import { pte_alloc } from '../../kernel/mm/memory/pte_alloc.ts';
import { type Config, type Scenario, scenario } from '../scenario.ts';
import { checks } from './checks.ts';
import { againstAxis, bootCpus, byAxis, FILE_PARTIES, mappingAxis, releaseAxis, shared } from './collapse.ts';
import { partyOf } from './parties.ts';
import { ADDRESS, bootFile, bootUserfault, bootWorld, map, touch, type World } from './world.ts';

export const collapsePteMapped: Scenario<World> = scenario<World>({
  name: 'collapse-pte-mapped',
  about: 'collapse_pte_mapped_thp(), whole, against whoever else is at work on the same 2 MiB',
  axes: {
    against: againstAxis([...FILE_PARTIES, 'uffd']),
    by: byAxis,
    mapping: mappingAxis,
    release: releaseAxis,
  },
  bounds: [
    'one collapse of one 2 MiB range that is mapped once, against one other program',
    'nodes of the page cache are not freed; freed pages are not used again; interrupts by xAPIC; no NMI, no preemption',
  ],
  ...shared,
  conflict: (config: Config) => {
    const why = shared.conflict(config);
    if (why !== null) return why;
    if (config.mapping === 'private' && config.against === 'gup') return 'against=gup is about a page of the file, not about a copy';
    if (config.mapping === 'shared' && config.against === 'uffd') return 'against=uffd needs mapping=private: a shared one has no holes';
    return null;
  },
  setup(c, k, config) {
    const w = bootWorld(c, k);
    bootFile(c, w);
    drive(c, collapse_file(c, w.p, ADDRESS, w.file, 0, madvise_collapse_control));
    map(c, w, config.mapping === 'shared');
    drive(c, pte_alloc(c, w.p, mm_find_pmd(c, w.p, ADDRESS))); // with a table there, faults map small pieces
    touch(c, w, 0);
    if (config.against === 'uffd') bootUserfault(c, w);
    bootCpus(c, w, config);
    return w;
  },
  atEnd: (w, config) => checks(w, partyOf(config.against!), config.mapping === 'private'),
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Other readers of the slot, each a scenario of its own: the aging walk of multi-gen LRU, gup_fast, perf's look at a page table from an NMI, and a
 * walk of another process's page tables.
 */

import { sendNmi } from '../../../cpu/interrupts.ts';
import { loadLinear } from '../../../cpu/translate.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { USER } from '../../../mmu/access.ts';
import { exc_nmi } from '../../kernel/arch/x86/kernel/nmi/exc_nmi.ts';
import { perf_get_page_size } from '../../kernel/kernel/events/core/perf_get_page_size.ts';
import { get_user_pages_fast } from '../../kernel/mm/gup/gup_pmd_range.ts';
import { walk_page_range } from '../../kernel/mm/pagewalk/walk_pte_range.ts';
import { walk_mm } from '../../kernel/mm/vmscan/walk_pmd_range.ts';
import { type Axis, type Config, type Scenario, scenario } from '../scenario.ts';
import { axes, bootReader, bootWriters, NEW_TABLE, RETRACTED, shared, writers } from './scenario.ts';
import { expected, pairsExist, syncWaits } from './theory.ts';
import { ADDRESS, buildWorld, type World } from './world.ts';

interface Variant {
  name: string;
  about: string;
  comm: string;
  /** What the reader's CPU has loaded. */
  loads: 'active' | 'foreign';
  /** Axes of `retract` that say nothing here. */
  without: readonly string[];
  /** Whether it reads by linear address, as user code does. */
  tlb?: boolean;
  /** Whether it reads in an NMI handler, that of a counter which overflows in the program. */
  nmi?: boolean;
  read(c: Vcpu, w: World): Code;
  expected(config: Config): 'holds' | 'violated';
}

const translatedBounds = [
  'one retraction of one page table of one process, one next page table, two reads by user code',
  ...shared.bounds.slice(1, -1),
  'interrupts by xAPIC; no NMI, no preemption; walks only for accesses that are made',
];

const nmiBounds = [...shared.bounds.slice(0, -1), shared.bounds.at(-1)!.replace('no NMI', "one NMI, anywhere on the reader's CPU")];

function variant(v: Variant): Scenario<World> {
  const own: Record<string, Axis> = {};
  for (const [key, axis] of Object.entries(axes)) if (!v.without.includes(key)) own[key] = axis;
  return scenario<World>({
    name: v.name,
    about: v.about,
    axes: own,
    ...shared,
    ...(v.tlb === true ? { bounds: translatedBounds, machine: (config: Config) => ({ ...shared.machine(config), tlb: [1] }) } : {}),
    ...(v.nmi === true
      ? {
          bounds: nmiBounds,
          machine: (config: Config) => ({ ...shared.machine(config), nmi: true }),
          nmi: (w: World) => (c: Vcpu) => exc_nmi(c, () => v.read(c, w)),
        }
      : {}),
    setup(c, k, config, start) {
      const w = buildWorld(c, k, config, start);
      bootWriters(c, w, config);
      bootReader(c, w, v.loads);
      return w;
    },
    programs: (w, config) => [...writers(w, config), { cpu: 1, comm: v.comm, run: (c) => (v.nmi === true ? sendNmi(c, 1) : v.read(c, w)) }],
    reachable: () => [RETRACTED, NEW_TABLE],
    expected: v.expected,
  });
}

/** The pmd is read with interrupts on, and used from the stack: nothing that the commit does reaches it. mmap_lock does, in 6.5. */
export const retractMglru = variant({
  name: 'retract-mglru',
  about: "retract_page_tables() against multi-gen LRU's walk_pmd_range(), which reads the pmd with interrupts on",
  comm: 'kswapd0',
  loads: 'foreign',
  without: ['reader', 'irqs'],
  *read(c, w) {
    yield* walk_mm(c, w.p, ADDRESS);
  },
  expected: (config) => (config.release !== '6.5' && pairsExist(config) ? 'violated' : 'holds'),
});

/** The CPU runs P, so the flush interrupts it; by hypercall it does not, and then the sync does. */
export const retractGup = variant({
  name: 'retract-gup',
  about: 'retract_page_tables() against gup_fast, which has interrupts off for its whole walk',
  comm: 'P/2',
  loads: 'active',
  without: ['reader', 'irqs'],
  *read(c, w) {
    yield* get_user_pages_fast(c, w.p, ADDRESS);
  },
  expected: (config) => (pairsExist(config) && config.flush === 'hypercall' && !syncWaits(config) ? 'violated' : 'holds'),
});

/** In an NMI no interrupt is taken: the flush and the sync wait for its end, as they do for gup_fast, whatever its program is at. */
export const retractNmi = variant({
  name: 'retract-nmi',
  about: "retract_page_tables() against perf's perf_get_page_size(), in the NMI of a counter",
  comm: 'P/2',
  loads: 'active',
  without: ['reader', 'irqs'],
  nmi: true,
  *read(c, w) {
    yield* perf_get_page_size(c, w.p, ADDRESS);
  },
  expected: (config) => (pairsExist(config) && config.flush === 'hypercall' && !syncWaits(config) ? 'violated' : 'holds'),
});

/** smaps, pagemap and the like: mmap_lock for reading, on a CPU that has another mm. */
export const retractRemote = variant({
  name: 'retract-remote',
  about: "retract_page_tables() against a walk of another process's page tables (smaps, pagemap)",
  comm: 'cat smaps',
  loads: 'foreign',
  without: ['reader'],
  *read(c, w) {
    yield* walk_page_range(c, w.p, ADDRESS);
  },
  expected: (config) => expected({ ...config, reader: 'foreign' }),
});

/** User code of P: its vCPU may remember the pmd, and walk the table after it has been freed, until the flush in pmdp_collapse_flush(). */
export const retractUser = variant({
  name: 'retract-user',
  about: 'retract_page_tables() against user code, whose vCPU may remember the pmd in its paging-structure cache',
  comm: 'P/2',
  loads: 'active',
  without: ['reader', 'irqs', 'flush'],
  tlb: true,
  *read(c) {
    yield* loadLinear(c, ADDRESS, USER);
    yield* loadLinear(c, ADDRESS, USER);
  },
  expected: () => 'holds',
});

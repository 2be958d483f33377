// SPDX-License-Identifier: GPL-2.0-only
/**
 * The requirement that paelab exists for: retract_page_tables() takes a page table away under pml and ptl alone, and calls
 * pmdp_get_lockless_sync(), so that a lockless reader of the slot never puts together a pmd_low and a pmd_high of different values.
 *
 *   CPU0  retracts (and, with refault=same, brings the next table as a thread of P)
 *   CPU1  reads the slot: as a fault does (active), or as truncate does (lazy: its CPU still has P loaded; foreign: it has Q)
 *   CPU2  with refault=other: a thread of P, which brings the next table
 */
import { witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { boot_cpu_on } from '../../kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { mm_struct } from '../../kernel/include/linux/mm_types.ts';
import { LOW_CHANGED } from '../../kernel/include/linux/pgtable/pmdp_get_lockless.ts';
import { down_read, up_read } from '../../kernel/kernel/locking/rwsem.ts';
import { kernelOf } from '../../kernel/kernel.ts';
import { retract_page_tables_6_5 } from '../../kernel/mm/khugepaged/retract_page_tables_6_5.ts';
import { do_cow_fault, folio_unlock } from '../../kernel/mm/memory/do_cow_fault.ts';
import { do_set_pmd, zap_huge_pmd } from '../../kernel/mm/memory/huge.ts';
import { unmap_mapping_pages } from '../../kernel/mm/memory/unmap_mapping_pages.ts';
import { wp_page_copy } from '../../kernel/mm/memory/wp_page_copy.ts';
import { mfill_atomic } from '../../kernel/mm/userfaultfd/mfill_atomic.ts';
import { at } from '../../kernel/struct.ts';
import { type Axis, type Config, type Program, type Scenario, scenario } from '../scenario.ts';
import { expected } from './theory.ts';
import { ADDRESS, ANON_PAGE, buildWorld, finds, HPAGE, tableChecks, tableFrames, type World } from './world.ts';

export const axes: Record<string, Axis> = {
  sync: { values: ['under-lock', 'after-unlock', 'absent'], default: 'under-lock', about: 'where pmdp_get_lockless_sync() stands' },
  reader: {
    values: ['active', 'lazy', 'foreign'],
    default: 'foreign',
    about: "what the reader's CPU has loaded: P, P lazily, or another mm",
  },
  irqs: { values: ['off', 'on'], default: 'off', about: 'interrupts during the lockless read of __pte_offset_map()' },
  highpte: { values: ['y', 'n'], default: 'y', about: 'CONFIG_HIGHPTE: page tables may lie above 4 GiB' },
  windows: { values: ['1', '2', '3'], default: '3', about: 'page tables may lie in the first N 4 GiB windows' },
  paravirt: { values: ['y', 'n'], default: 'y', about: 'CONFIG_PARAVIRT, and with it MMU_GATHER_RCU_TABLE_FREE' },
  history: { values: ['t1', 't2'], default: 't1', about: 'after the retraction: a new table, or a huge mapping, its zap and a new table' },
  refault: { values: ['same', 'other'], default: 'same', about: 'the CPU that brings the next table: the one that retracts, or another' },
  via: {
    values: ['uffd', 'cow'],
    default: 'uffd',
    about: 'what brings the next table: UFFDIO_COPY, or a private write fault, which waits for the folio lock',
    extra: true,
  },
  flush: { values: ['native', 'hypercall'], default: 'native', about: 'how a TLB flush reaches other CPUs', extra: true },
  release: { values: ['6.6', '6.5'], default: '6.6', about: 'whose retract_page_tables() runs', extra: true },
};

/** The pieces of the scenario that its variants change: who reads, and how. */
export interface Reader {
  comm: string;
  read(c: Vcpu, w: World): Code;
}

const truncate: Reader = {
  comm: 'truncate',
  *read(c, w) {
    yield* unmap_mapping_pages(c, w.mapping, 0);
  },
};

const fault: Reader = {
  comm: 'P/2',
  *read(c, w) {
    yield* down_read(c, at(w.p, mm_struct.mmap_lock)); // or the vma lock: both only keep out who writes them
    yield* wp_page_copy(c, w.p, ADDRESS, 0, 0);
    yield* up_read(c, at(w.p, mm_struct.mmap_lock));
  },
};

export const NEW_TABLE = 'the next table was hooked';
export const RETRACTED = 'the table was retracted';

function* retract(c: Vcpu, w: World): Code {
  const k = kernelOf(c);
  if (k.config.release === '6.5') yield* retract_page_tables_6_5(c, w.mapping, 0);
  else yield* k.fns.retract_page_tables(c, w.mapping, 0);
  yield* folio_unlock(c, HPAGE); // collapse_file() lets go of it after the retraction
  witness(c, RETRACTED);
}

/** Brings the next table: at once, or after a huge mapping has come and gone. */
function* refault(c: Vcpu, w: World, config: Config): Code {
  yield* down_read(c, at(w.p, mm_struct.mmap_lock));
  if (config.history === 't2') {
    if (yield* do_set_pmd(c, w.p, w.pmd, HPAGE)) yield* zap_huge_pmd(c, w.p, w.pmd, ADDRESS);
  }
  const mapped =
    config.via === 'cow'
      ? yield* do_cow_fault(c, w.vma, ADDRESS, HPAGE, ANON_PAGE)
      : (yield* mfill_atomic(c, w.vma, ADDRESS, ANON_PAGE)) === 0;
  if (mapped) witness(c, NEW_TABLE);
  yield* up_read(c, at(w.p, mm_struct.mmap_lock));
}

function* retractAndRefault(c: Vcpu, w: World, config: Config): Code {
  yield* retract(c, w);
  yield* refault(c, w, config);
}

/** Loads P, P lazily or Q on the reader's CPU. */
export function bootReader(c: Vcpu, w: World, kind: string): void {
  boot_cpu_on(c, 1, kind === 'foreign' ? w.q : w.p, kind === 'lazy');
}

export function bootWriters(c: Vcpu, w: World, config: Config): void {
  boot_cpu_on(c, 0, config.refault === 'same' ? w.p : w.k.init_mm, false);
  if (config.refault === 'other') boot_cpu_on(c, 2, w.p, false);
}

export function writers(w: World, config: Config): Program[] {
  if (config.refault === 'same') return [{ cpu: 0, comm: 'P/1', run: (c) => retractAndRefault(c, w, config) }];
  return [
    { cpu: 0, comm: 'khugepaged', run: (c) => retract(c, w) },
    { cpu: 2, comm: 'P/1', run: (c) => refault(c, w, config) },
  ];
}

/** Everything but the reader, for the scenarios that differ in it alone. */
export const shared = {
  bounds: [
    'one retraction of one page table of one process, one next page table, one read of the slot',
    'page tables lie at one place of each 4 GiB window, or, with one window, beside it; a freed frame is not used again',
    'interrupts by xAPIC; no NMI, no preemption, no speculation, no A or D updates by the page walker',
  ],
  machine: (config: Config) => ({ cpus: config.refault === 'same' ? 2 : 3, callbacks: 1 }),
  // Windows other than the first are interchangeable: A in window 0 and A in window 1 stand for all.
  starts: (config: Config) => (config.highpte === 'y' ? Math.min(2, Number(config.windows)) : 1),
  sameAs: (config: Config) => ({
    ...config,
    ...(config.highpte === 'n' || config.windows === '1' ? { highpte: 'n', windows: '1' } : {}), // every table lies in the first window
    ...(config.sync === 'absent' || config.paravirt === 'n' ? { sync: 'absent', paravirt: 'y' } : {}), // nothing is called, or an empty function
  }),
  kernel: (config: Config, start: number) => ({
    highpte: config.highpte === 'y',
    paravirt: config.paravirt === 'y',
    flush: (config.flush ?? 'native') as 'native' | 'hypercall',
    sync: config.sync as 'under-lock' | 'after-unlock' | 'absent',
    release: config.release as '6.5' | '6.6',
    tableFrames: tableFrames(config, start).slice(1),
  }),
  guardsOff: (config: Config) => (config.irqs === 'on' ? ['lockless-irqs-off'] : []),
  conflict: (config: Config, without: readonly string[]) => {
    if (config.irqs === 'on' && without.includes('lockless-irqs-off')) return 'irqs=on already leaves out lockless-irqs-off';
    if (config.sync === 'absent' && without.includes('lockless-sync')) return 'sync=absent already leaves out lockless-sync';
    if (config.release === '6.5' && (without.includes('lockless-sync') || config.sync !== 'under-lock'))
      return 'release=6.5 has no pmdp_get_lockless_sync()';
    return null;
  },
  atEnd: (w: World) => [
    ...tableChecks(w),
    {
      kind: 'lost-page' as const,
      name: 'the page that the refault brought is mapped',
      fails: () => (!w.k.m.witnesses.has(NEW_TABLE) || finds(w, ANON_PAGE) ? null : "P's page is not found where UFFDIO_COPY put it"),
    },
  ],
};

export const retractScenario: Scenario<World> = scenario<World>({
  name: 'retract',
  about: 'retract_page_tables() against __pte_offset_map_lock(): does it need pmdp_get_lockless_sync()?',
  axes,
  ...shared,
  setup(c, k, config, start) {
    const w = buildWorld(c, k, config, start);
    bootWriters(c, w, config);
    bootReader(c, w, config.reader!);
    return w;
  },
  programs(w, config) {
    const reader = config.reader === 'active' ? fault : truncate;
    return [...writers(w, config), { cpu: 1, comm: reader.comm, run: (c) => reader.read(c, w) }];
  },
  reachable: (config) => [RETRACTED, NEW_TABLE, ...(config.release === '6.5' ? [] : [LOW_CHANGED])],
  expected,
});

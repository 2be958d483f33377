// SPDX-License-Identifier: GPL-2.0-only
/**
 * The collapse that the scenarios share, from its beginning: MADV_COLLAPSE by a thread of P, or khugepaged, which comes to P.
 */
import { witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { boot_cpu_on } from '../../kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { MADV_COLLAPSE, MADV_HUGEPAGE } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mmgrab } from '../../kernel/kernel/fork/mmput.ts';
import { spin_lock, spin_unlock } from '../../kernel/kernel/locking/spinlock.ts';
import { thp_sysfs_store } from '../../kernel/mm/huge_memory/sysfs.ts';
import { khugepaged_collapse_control } from '../../kernel/mm/khugepaged/collapse_control.ts';
import { __khugepaged_enter } from '../../kernel/mm/khugepaged/khugepaged_enter.ts';
import { khugepaged_state, khugepaged_var } from '../../kernel/mm/khugepaged/khugepaged_scan.ts';
import { khugepaged_scan_mm_slot } from '../../kernel/mm/khugepaged/khugepaged_scan_mm_slot.ts';
import { khugepaged_has_work } from '../../kernel/mm/khugepaged/khugepaged_wait.ts';
import { SCAN_SUCCEED } from '../../kernel/mm/khugepaged/scan_result.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import type { Axis, Config, Program, Scenario } from '../scenario.ts';
import { type PartyName, partyOf } from './parties.ts';
import { ADDRESS, HUGE, MEMORY, now, type World } from './world.ts';

export const COLLAPSED = 'the memory was collapsed';

const PAGES_TO_SCAN = 512;

function* madvise(c: Vcpu, w: World): Code {
  if ((yield* do_madvise(c, w.p, ADDRESS, HUGE, MADV_COLLAPSE)) === 0) witness(c, COLLAPSED);
}

function* khugepaged(c: Vcpu): Code {
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* spin_lock(c, lock);
  if (yield* khugepaged_has_work(c)) {
    yield* khugepaged_scan_mm_slot(c, PAGES_TO_SCAN, khugepaged_collapse_control);
    if (c.out === SCAN_SUCCEED) witness(c, COLLAPSED);
  }
  yield* spin_unlock(c, lock);
}

export const byAxis: Axis = { values: ['madvise', 'khugepaged'], default: 'madvise', about: 'who collapses' };

export const mappingAxis: Axis = {
  values: ['shared', 'private'],
  default: 'shared',
  about: 'how P maps the file; through a private mapping it stores to copies',
  extra: true,
};

export const releaseAxis: Axis = { values: ['6.6', '6.5', '6.1'], default: '6.6', about: 'whose khugepaged it is', extra: true };

/** Who may be at work on pages of a file. */
export const FILE_PARTIES: readonly PartyName[] = [
  'none',
  'refault',
  'read-fault',
  'write-fault',
  'load',
  'store',
  'gup',
  'truncate',
  'truncate-page',
  'punch',
  'dontneed',
  'fork',
  'munmap',
  'exit',
];

export const againstAxis = (names: readonly PartyName[]): Axis => ({
  values: names,
  default: names[1]!,
  about: `who else is at work: ${names.map((name) => `${name} (${partyOf(name).about})`).join(', ')}`,
});

/** CPU 0 has P loaded, or is khugepaged's, which has P on its list; CPU 1 has what the party needs. */
export function bootCpus(c: Vcpu, w: World, config: Config): void {
  if (config.by === 'madvise') boot_cpu_on(c, 0, w.p, false);
  else {
    now(c, thp_sysfs_store(c, 'shmem_enabled', 'advise'));
    now(c, do_madvise(c, w.p, ADDRESS, HUGE, MADV_HUGEPAGE));
    now(c, __khugepaged_enter(c, w.p)); // the advice itself goes by the flags that the VMA had
  }
  boot_cpu_on(c, 1, partyOf(config.against!).comm.startsWith('P') ? w.p : w.q, false);
  if (config.against === 'exit') now(c, mmgrab(c, w.p)); // of the CPU, which keeps the tables loaded
}

export function programs(w: World, config: Config): Program[] {
  const party = partyOf(config.against!);
  return [
    config.by === 'madvise'
      ? { cpu: 0, comm: 'P/1', run: (c) => madvise(c, w) }
      : { cpu: 0, comm: 'khugepaged', run: (c) => khugepaged(c) },
    ...(config.against === 'none' ? [] : [{ cpu: 1, comm: party.comm, run: (c: Vcpu) => party.run(c, w) }]),
  ];
}

export const shared = {
  machine: (config: Config) => ({ cpus: 2, callbacks: 3, tlb: partyOf(config.against!).tlb === true, memory: MEMORY }),
  kernel: (config: Config) => ({
    quarantine: true,
    keepNodes: true,
    release: (config.release ?? '6.6') as '6.1' | '6.5' | '6.6',
    flush: (config.flush ?? 'native') as 'native' | 'hypercall',
  }),
  conflict: (config: Config) =>
    config.against === 'exit' && config.by === 'madvise'
      ? 'against=exit needs by=khugepaged: who collapses its own memory has not exited'
      : null,
  programs,
  reachable: () => [COLLAPSED],
  expected: () => 'holds' as const,
} satisfies Partial<Scenario<World>>;

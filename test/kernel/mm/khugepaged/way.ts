// SPDX-License-Identifier: GPL-2.0-only
/** One way in which a result code comes about, and what such ways are made of. */
import { RMW } from '../../../../cpu/kinds.ts';
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { frameOfSlot, pageOfSlot, slotOf, slotOfPageWord } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_page } from '../../../../src/kernel/arch/x86/include/asm/pgtable/mk_pte.ts';
import { switch_mm } from '../../../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { vfs_fallocate } from '../../../../src/kernel/fs/open/vfs_fallocate.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, file_mapping } from '../../../../src/kernel/include/linux/fs.ts';
import { page_to_pfn } from '../../../../src/kernel/include/linux/mm/page.ts';
import { mm_find_pmd } from '../../../../src/kernel/include/linux/mm.ts';
import { address_space, mm_struct, page } from '../../../../src/kernel/include/linux/mm_types.ts';
import { PG_locked } from '../../../../src/kernel/include/linux/page-flags.ts';
import { errno_name } from '../../../../src/kernel/include/uapi/asm-generic/errno.ts';
import { MADV_COLLAPSE, MADV_HUGEPAGE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { spin_lock, spin_unlock } from '../../../../src/kernel/kernel/locking/spinlock.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { set_fault_times } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { khugepaged_collapse_control } from '../../../../src/kernel/mm/khugepaged/collapse_control.ts';
import { khugepaged_state, khugepaged_var } from '../../../../src/kernel/mm/khugepaged/khugepaged_scan.ts';
import { khugepaged_scan_mm_slot } from '../../../../src/kernel/mm/khugepaged/khugepaged_scan_mm_slot.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { shmem_file_setup } from '../../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { lru_add_drain_all } from '../../../../src/kernel/mm/swap/lru_add_drain.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { interleave, released, type Stretch, type When } from './interleave.ts';
import { H0, HUGE, type Process, startProcess } from './process.ts';

/** What is left when a way has been gone. */
export interface Outcome {
  p: Process;
  /** What madvise() returned. */
  errno?: string;
  /** Result code of khugepaged's last range. */
  result?: number;
  /** Other mms that live; the process's own, unless it has exited. */
  mms?: readonly Ptr[];
  files?: readonly Ptr[];
  /** Pages to which somebody holds a reference. */
  held?: readonly Ptr[];
}

export interface Way {
  /** Name of the result code, without SCAN_. */
  code: string;
  how: string;
  /** What madvise() says; absent where it is khugepaged. */
  errno?: string;
  go: () => Outcome;
}

export type Program = (c: Vcpu) => Code<number>;

export const error = (n: number): string => (n < 0 ? errno_name(-n) : `${n}`);
export const cpu0 = (p: Process): Vcpu => p.m.contexts[0]!;

export function* madvise(c: Vcpu, p: Process, advice: number, address = H0, bytes = HUGE): Code<number> {
  return yield* do_madvise(c, p.mm, address, bytes, advice);
}
export const advise = (p: Process, advice: number, address = H0, bytes = HUGE): string =>
  error(p.run((c) => madvise(c, p, advice, address, bytes)));

/** MADV_COLLAPSE of one extent, as a program. */
export const collapse =
  (p: Process, address = H0, bytes = HUGE): Program =>
  (c) =>
    madvise(c, p, MADV_COLLAPSE, address, bytes);

/** What khugepaged does with the mm that its cursor is at, or with the first one. @returns the result code of its last range */
export function* scanSlot(c: Vcpu): Code<number> {
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* lru_add_drain_all(c);
  yield* spin_lock(c, lock);
  yield* khugepaged_scan_mm_slot(c, 512, khugepaged_collapse_control);
  const result = c.out;
  yield* spin_unlock(c, lock);
  return result;
}

/** `main` on CPU 0, `other` on CPU 1 from the first time that `when` holds, and then each to its end. @returns what main returns */
export const meanwhile = (p: Process, main: Program, when: When, other: Program): number =>
  interleave(p, [main, other], [[0, when], [1], [0], [1]])[0]!;

/** The same, but `other` gets only so far before `main` has ended. */
export const around = (p: Process, main: Program, when: When, other: Program, until: When): number => {
  const plan: Stretch[] = [[0, when], [1, until], [0], [1], [0]];
  return interleave(p, [main, other], plan)[0]!;
};

/** Has a page been locked for the n-th time, whichever? */
export function pageLocked(p: Process, n = 1): When {
  const { mem } = p.m;
  let times = 0;
  return (c) => {
    const slot = c.kind === RMW ? slotOfPageWord(mem, c.at) : -1;
    const isFlags = slot >= 0 && c.at === at(pageOfSlot(mem, slot), page.flags);
    if (isFlags && (((mem.words[c.at]! & ~c.value) >>> PG_locked) & 1) === 1) times++;
    return times === n;
  };
}

/** The process runs on both CPUs. */
export function onBoth<T extends Process>(p: T): T {
  p.run((c) => switch_mm(c, NULL, p.mm), 1);
  return p;
}

export const mmapFreed = (p: Process, n = 1): When => released(p, at(p.mm, mm_struct.mmap_lock), n);
export const cacheFreed = (p: Process, file: Ptr, n = 1): When => released(p, cacheLock(p, file), n);
export const cacheLock = (p: Process, file: Ptr): Ptr => at(file_mapping(cpu0(p), file), address_space.xa_lock);

/** The page table of an address. */
function tableAt(p: Process, address: number, mm: Ptr): Ptr {
  const c = cpu0(p);
  const pmd = mm_find_pmd(c, mm, address);
  return pageOfSlot(p.m.mem, slotOf(p.m.mem, page_to_pfn(c, pte_page(c, peek(c, pmd), peek(c, at(pmd, 1))))));
}

export const tableLock = (p: Process, address: number): Ptr => at(tableAt(p, address, p.mm), page.ptl);

/** The pte of an address. */
export function pteAt(p: Process, address: number, mm = p.mm): Ptr {
  const frame = frameOfSlot(p.m.mem, slotOf(p.m.mem, page_to_pfn(cpu0(p), tableAt(p, address, mm))));
  return at(frame, ((address >>> 12) & 511) * 2);
}

/** The page that a pte maps. */
export function pageAt(p: Process, address: number, mm = p.mm): Ptr {
  const c = cpu0(p);
  const pte = pteAt(p, address, mm);
  return pte_page(c, peek(c, pte), peek(c, at(pte, 1)));
}

export const failing = (p: Process, attr: number, times: number): void =>
  p.run(function* (c) {
    set_fault_times(c, attr, times);
  });

/** Two extents of anonymous memory, of which the first has a few pages; khugepaged looks at it. */
export function anonymous(config: Partial<KernelConfig> = {}): Process {
  const p = startProcess(config);
  p.mmap(H0, 2 * HUGE);
  p.fill(H0, 4);
  advise(p, MADV_HUGEPAGE, H0, 2 * HUGE);
  return p;
}

/** One extent of a shmem file, with these pages in it and mapped. khugepaged looks at it too. */
export function shared(pages: readonly number[] = [0, 1, 2, 3], config: Partial<KernelConfig> = {}): Process & { file: Ptr } {
  const p = startProcess(config);
  p.set('shmem_enabled', 'advise');
  const file = p.run((c) => shmem_file_setup(c, HUGE, 0));
  // The mm is registered by its anonymous memory: when madvise() asks for a file, the VMA's flags are still the old ones.
  p.mmap(H0 - 2 * HUGE, HUGE);
  p.fill(H0 - 2 * HUGE, 1);
  advise(p, MADV_HUGEPAGE, H0 - 2 * HUGE);
  p.mmap(H0 - 2 * HUGE, 4096); // takes the extent apart: nothing there for khugepaged
  p.mmap(H0, HUGE, file, 0, true);
  for (const i of pages) p.fill(H0 + i * 4096, 1, i + 1);
  advise(p, MADV_HUGEPAGE);
  return { ...p, file };
}

/** The rest of a shared() process's memory. */
export const REST = { from: H0 - 2 * HUGE, bytes: 2 * HUGE };

export const punch =
  (file: Ptr, index: number, pages = 1): Program =>
  (c) =>
    vfs_fallocate(c, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, index * 4096, pages * 4096);

export { H0, HUGE, NULL };

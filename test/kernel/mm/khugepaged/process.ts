// SPDX-License-Identifier: GPL-2.0-only
/** One process on a direct machine, and what the tests of khugepaged do with it. */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { user_load, user_page, user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { switch_mm } from '../../../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../../../src/kernel/include/linux/mmap_lock.ts';
import { SCAN_STATUS } from '../../../../src/kernel/include/trace/events/huge_memory.ts';
import type { TraceRecord } from '../../../../src/kernel/include/trace/trace.ts';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { mm_alloc } from '../../../../src/kernel/kernel/fork/mm_alloc.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { thp_sysfs_store } from '../../../../src/kernel/mm/huge_memory/sysfs.ts';
import { khugepaged_do_scan } from '../../../../src/kernel/mm/khugepaged/khugepaged_do_scan.ts';
import { madvise_collapse } from '../../../../src/kernel/mm/khugepaged/madvise_collapse.ts';
import { vm_mmap_pgoff } from '../../../../src/kernel/mm/mmap/do_mmap.ts';
import { find_vma } from '../../../../src/kernel/mm/mmap/find_vma.ts';
import { type DirectMachine, directMachine } from '../../direct-machine.ts';

export const H0 = 0x40000000;
export const HUGE = 2 << 20;
const RW = PROT_READ | PROT_WRITE;

export interface Process extends DirectMachine {
  mm: Ptr;
  /** Tracepoints since the start. */
  events: TraceRecord[];
  mmap(at: number, bytes: number, file?: Ptr, pgoff?: number, shared?: boolean, prot?: number): number;
  load(at: number): number;
  store(at: number, value: number): void;
  /** Writes page numbers, `from + i`, into the first words of n pages. */
  fill(at: number, n: number, from?: number): void;
  /** MADV_COLLAPSE. */
  collapse(at: number, bytes?: number): number;
  khugepaged(): void;
  set(name: string, value: string | number): number;
  /** Status of the tracepoints since the last call, as "event status". */
  statuses(): string[];
}

export function startProcess(config: Partial<KernelConfig> = {}): Process {
  const d = directMachine(config, 96, 1 << 30, 1 << 22);
  const events: TraceRecord[] = [];
  d.k.tracer = events;
  const mm = d.run((c) => mm_alloc(c));
  d.run((c) => switch_mm(c, NULL, mm));
  let seen = 0;
  const set = (name: string, value: string | number): number => d.run((c) => thp_sysfs_store(c, name, `${value}`));
  const p: Process = {
    ...d,
    mm,
    events,
    mmap: (at, bytes, file = NULL, pgoff = 0, shared = false, prot = RW) => {
      const flags = MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE) | (file === NULL ? MAP_ANONYMOUS : 0);
      return d.run((c) => vm_mmap_pgoff(c, mm, file, at, bytes, prot, flags, pgoff));
    },
    load: (at) => d.run((c) => user_load(c, mm, at)),
    store: (at, value) => {
      const signal = d.run((c) => user_store(c, mm, at, value));
      if (signal !== 0) throw new Error(`store at 0x${at.toString(16)}: signal ${signal}`);
    },
    fill: (at, n, from = 1) => {
      for (let i = 0; i < n; i++) {
        const page = d.run((c) => user_page(c, mm, at + i * 4096, true));
        d.m.mem.words[page] = from + i;
      }
    },
    collapse: (at, bytes = HUGE) => d.run((c) => collapse(c, mm, at, at + bytes)),
    khugepaged: () => d.run((c) => khugepaged_do_scan(c)),
    set,
    statuses: () => {
      const now = events.slice(seen).map((e) => `${e.name} ${e.fields['status'] ?? e.fields['result'] ?? e.fields['ret']}`);
      seen = events.length;
      return now.filter((s) => SCAN_STATUS.includes(s.split(' ')[1]!));
    },
  };
  set('enabled', 'madvise');
  set('khugepaged/pages_to_scan', 1000000);
  return p;
}

function* collapse(c: Vcpu, mm: Ptr, start: number, end: number): Code<number> {
  yield* mmap_read_lock(c, mm);
  const result = yield* madvise_collapse(c, find_vma(c, mm, start), start, end);
  yield* mmap_read_unlock(c, mm);
  return result;
}

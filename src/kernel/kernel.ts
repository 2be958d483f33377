// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernel of one machine: its build configuration, where its objects lie, and what they are called. Fixed once set-up has run; all that
 * changes lies in emulated memory.
 */

import { ghostName } from '../../cpu/ghost-name.ts';
import type { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { FRAME_KIND_NAMES, KERNEL, kindOfSlot, PAGE_ADDRESS, PAGE_OWNER, PMD_TABLE, PTE_TABLE } from '../../mmu/frames.ts';
import { allocObject, frameOfSlot, pageOfSlot, pfnOfSlot, slotOfPageWord, slotOfWord } from '../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import { type Change, type Changes, changesOf, type Release } from './changes.ts';
import type { KernelFns } from './functions.ts';
import { createGlobals, type Globals } from './globals.ts';
import { page } from './include/linux/mm_types.ts';
import { allCaches, slab_stride } from './include/linux/slab.ts';
import type { Tracer } from './include/trace/trace.ts';
import { debug_show_all_locks } from './kernel/locking/lockdep/debug_show_all_locks.ts';
import { createLockdep, lockdep_reset } from './kernel/locking/lockdep/lockdep.ts';
import type { Policy } from './policy.ts';
import { type AnyLayout, fieldName } from './struct.ts';

/** The Kconfig and boot options that matter. */
export interface KernelConfig {
  /** CONFIG_HIGHPTE: page tables may lie above 4 GiB. */
  highpte: boolean;
  /** CONFIG_PARAVIRT, which on x86 v6.1 to v6.12 decides MMU_GATHER_RCU_TABLE_FREE. */
  paravirt: boolean;
  /** How flush_tlb_multi reaches other CPUs: interrupts, or a hypercall that waits for nobody. */
  flush: 'native' | 'hypercall';
  /** Where pmdp_get_lockless_sync() stands in retract_page_tables. */
  sync: 'under-lock' | 'after-unlock' | 'absent';
  release: Release;
  /** In the place of those that the release has. */
  changes?: Changes;
  /** Frames that a new page table may get, all free at the start. */
  tableFrames: readonly Pfn[];
  /** Freed frames and objects are poisoned and never handed out again, so that a late touch shows. Absent: they are. */
  quarantine?: boolean;
  /** CONFIG_PROVE_LOCKING: off where speed is measured. Absent: it is on. */
  proveLocking?: boolean;
  /** Nodes of page caches are never freed: a scenario that leaves their grace periods out, of which a collapse begins eight at once. */
  keepNodes?: boolean;
  /** Write protection by userfaultfd, which 32-bit x86 does not have. */
  uffdWp?: boolean;
  /** CONFIG_READ_ONLY_THP_FOR_FS: huge pages also in files that are none of shmem's. */
  readOnlyThpForFs?: boolean;
  /** What pages of files that are none of shmem's are like: single ones; folios of 16 KiB, as on xfs; or pages with buffers that a journal holds. */
  filePages?: 'single' | 'large' | 'buffers';
  /** How other CPUs' translations are taken back. @default as in Linux */
  policy?: Policy;
  /** CONFIG_NUMA with node_reclaim_mode: frames from this one on belong to a second node, which is far away. */
  farNode?: Pfn;
}

interface Named {
  at: Ptr;
  layout: AnyLayout;
  label: string;
}

export class Kernel {
  readonly m: Machine;
  readonly config: KernelConfig;
  readonly changes: Changes;
  readonly fns: KernelFns;
  readonly objects: Named[] = [];
  /** The per-CPU area of each CPU. */
  readonly percpu: Ptr[] = [];
  /** The call_single_data of source s and target t: [s * cpus + t]. */
  readonly csd: Ptr[] = [];
  /** What each CPU keeps for the policy. */
  readonly policyState: Ptr[] = [];
  init_mm = 0 as Ptr;
  /** The kernel's singletons. */
  readonly globals: Globals = createGlobals();
  readonly lockdep = createLockdep();
  /** Names of what runs on each CPU, for reports: one where it has no tasks. */
  readonly comms: string[][] = [];
  /** Where tracepoints are recorded; null: nowhere. */
  tracer: Tracer | null = null;
  /** What the tasks of each CPU run. */
  readonly tasks: ((c: Vcpu) => Code)[][] = [];

  constructor(m: Machine, config: KernelConfig, fns: KernelFns) {
    this.m = m;
    this.config = config;
    this.changes = config.changes ?? changesOf(config.release);
    this.fns = fns;
    m.os = this;
    m.nameOf = (p) => nameOf(this, p);
    m.holders = () => debug_show_all_locks(this);
    m.onReset = () => lockdep_reset(this.lockdep);
  }
}

/** The kernel that a context runs. */
export const kernelOf = (c: Vcpu): Kernel => c.m.os as Kernel;

/** Has it this change? */
export const since = (c: Vcpu, change: Change): boolean => kernelOf(c).changes.has(change);

/** A zeroed object with a name for reports. Set-up only. */
export function newObject(k: Kernel, layout: AnyLayout, label: string): Ptr {
  const p = allocObject(k.m.mem, layout.$words);
  k.objects.push({ at: p, layout, label });
  return p;
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const frameName = (k: Kernel, slot: number): string => hex(pfnOfSlot(k.m.mem, slot));

/** What people call a word. */
export function nameOf(k: Kernel, p: Ptr): string {
  const { mem } = k.m;
  const inFrame = slotOfWord(mem, p);
  const slab = slabObject(k, p, inFrame);
  if (slab !== null) return `${slab.layout.$name}(${slab.at}).${fieldName(slab.layout, p - slab.at)}`;
  if (inFrame >= 0) return entryName(k, p, inFrame);
  const slot = slotOfPageWord(mem, p);
  if (slot >= 0) return pageWordName(k, slot, p - pageOfSlot(mem, slot));
  for (const o of k.objects) if (p >= o.at && p < o.at + o.layout.$words) return `${o.label}.${fieldName(o.layout, p - o.at)}`;
  return ghostName(k.m, p);
}

/** The object of a kmem_cache that a word belongs to, or null. */
export function slabObject(k: Kernel, p: Ptr, slot = slotOfWord(k.m.mem, p)): { at: Ptr; layout: AnyLayout } | null {
  const { mem } = k.m;
  if (slot < 0 || kindOfSlot(mem, slot) !== KERNEL) return null;
  const cache = allCaches()[mem.words[pageOfSlot(mem, slot) + page.private]! - 1];
  if (cache === undefined) return null;
  const first = frameOfSlot(mem, slot);
  const stride = slab_stride(cache);
  return { at: (first + Math.floor((p - first) / stride) * stride) as Ptr, layout: cache.layout };
}

/** pmd_low(P 0x40000000), pte_high(0x112345[0]), or a word of a frame that is no table. */
function entryName(k: Kernel, p: Ptr, slot: number): string {
  const { mem } = k.m;
  const index = p - frameOfSlot(mem, slot);
  const half = (index & 1) === 0 ? 'low' : 'high';
  const kind = kindOfSlot(mem, slot);
  const pageWords = pageOfSlot(mem, slot);
  if (kind === PMD_TABLE) {
    const address = mem.words[pageWords + PAGE_ADDRESS]! + (index >> 1) * 0x200000;
    return `pmd_${half}(${ownerName(k, mem.words[pageWords + PAGE_OWNER]! as Ptr)}${hex(address)})`;
  }
  const frame = frameName(k, slot);
  return kind === PTE_TABLE ? `pte_${half}(${frame}[${index >> 1}])` : `word ${index} of frame ${frame} (${FRAME_KIND_NAMES[kind]})`;
}

/** pml(0x1001), ptl(0x112345), or a field of a struct page. */
function pageWordName(k: Kernel, slot: number, offset: number): string {
  const kind = kindOfSlot(k.m.mem, slot);
  const frame = frameName(k, slot);
  if (offset === page.ptl && (kind === PMD_TABLE || kind === PTE_TABLE)) return `${kind === PMD_TABLE ? 'pml' : 'ptl'}(${frame})`;
  return `page(${frame}).${fieldName(page, offset)}`;
}

function ownerName(k: Kernel, mm: Ptr): string {
  for (const o of k.objects) if (o.at === mm) return `${o.label} `;
  return '';
}

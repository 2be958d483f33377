// SPDX-License-Identifier: GPL-2.0-only
/**
 * A machine with a kernel, as the processes of a workload find it: who runs on which CPU, and what each has loaded.
 *
 * CPU 0 belongs to a controller, a process that tells the others what to do: whoever works there gives the CPU back afterwards. Elsewhere the last
 * one that ran leaves its tables loaded, and the CPU is idle; or a thread spins in user mode.
 */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { CR4_PGE, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { createSparseMem, type PhysMem } from '../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../mmu/types.ts';
import { runDirect } from '../engines/direct.ts';
import { handle_interrupt } from '../kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { boot_cpu_on } from '../kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { enter_lazy_tlb, switch_mm } from '../kernel/arch/x86/mm/tlb/switch_mm.ts';
import type { Changes, Release } from '../kernel/changes.ts';
import { userfaultfd_release } from '../kernel/fs/userfaultfd/userfaultfd_register.ts';
import type { Tracer } from '../kernel/include/trace/trace.ts';
import { mm_init } from '../kernel/init/mm_init.ts';
import { start_kernel } from '../kernel/init/start_kernel.ts';
import { mm_alloc } from '../kernel/kernel/fork/mm_alloc.ts';
import { mmput } from '../kernel/kernel/fork/mmput.ts';
import type { Kernel, KernelConfig } from '../kernel/kernel.ts';
import { thp_sysfs_store } from '../kernel/mm/huge_memory/sysfs.ts';
import { __khugepaged_enter } from '../kernel/mm/khugepaged/khugepaged_enter.ts';
import type { Policy } from '../kernel/policy.ts';

export interface WorldConfig {
  release: Release;
  /** Upstream changes, in the place of those that the release has. */
  changes?: Changes;
  cpus: number;
  /** RAM in bytes. */
  bytes: number;
  /** Size of the swap device in bytes; absent: 64 MiB. */
  swap?: number;
  /** Callbacks that one vCPU may have deferred at a time; absent: 64. */
  callbacks?: number;
  /** How translations are taken back from other CPUs; absent: as Linux v6.6 does. */
  policy?: Policy;
  /** Options of the kernel other than the usual ones. */
  kernel?: Pick<KernelConfig, 'sync' | 'proveLocking'>;
}

export const DEFAULTS: WorldConfig = { release: '6.1', cpus: 4, bytes: 6 * 2 ** 30 };

const SWAP = 2 ** 26;

const CALLBACKS = 64;
export const OBJECT_WORDS = 1 << 20;

/** @param words all zero */
export const worldMemory = (words: Int32Array): PhysMem => createSparseMem(words, OBJECT_WORDS);

/** 36, or as many as it takes to reach all RAM: it ends a GiB of devices later. */
const addressBits = (bytes: number): number => Math.max(36, Math.ceil(Math.log2(bytes + 2 ** 30)));

export interface Process {
  name: string;
  cpu: number;
  mm: Ptr;
  alive: boolean;
  /** CPUs with a thread of it that sleeps there. */
  idle: Set<number>;
  spinning: Set<number>;
  /** Page-table bytes at the first look at it. */
  tables: number | null;
  /** Pages that a pipe holds references to. */
  pinned: Ptr[];
  /** The userfaultfds that it has open. */
  userfaultfds: Ptr[];
}

export interface OpenFile {
  name: string;
  kind: string;
  file: Ptr;
}

/** What every case starts with. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['enabled', 'madvise'],
  ['defrag', 'always'],
  ['shmem_enabled', 'advise'],
  ['use_zero_page', '0'],
  ['khugepaged/defrag', '1'],
  ['khugepaged/max_ptes_none', '511'],
  ['khugepaged/max_ptes_swap', '64'],
  ['khugepaged/max_ptes_shared', '256'],
  ['khugepaged/pages_to_scan', '1000000'],
];

/** Runs code to its end on the program of a vCPU, and then whatever that has left pending. */
export interface Runner {
  run<T>(cpu: number, code: (c: Vcpu) => Code<T>): T;
}

export type Engine = (m: Machine) => Runner;

const direct: Engine = (m) => ({ run: (cpu, code) => runDirect(m, cpu, code) });

export class World {
  readonly m: Machine;
  readonly k: Kernel;
  readonly processes = new Map<string, Process>();
  readonly files = new Map<string, OpenFile>();
  /** The process whose thread spins on each CPU. */
  readonly spinner: (Process | null)[];
  khugepagedCpu = 0;
  /** Who listens to tracepoints all the time. */
  timeline: Tracer | null = null;
  private readonly controller: Ptr;
  /** The mms that are no process's of the workload. */
  readonly others: { mm: Ptr; name: string }[];

  /** What runs code on the machine. */
  private readonly runner: Runner;

  /**
   * @param mem all zero, without a journal
   * @param engine what runs code, and others' interrupts with it; absent: the direct engine
   */
  constructor(config: WorldConfig, mem: PhysMem, engine: Engine = direct) {
    const { cpus, bytes } = config;
    this.m = new Machine({
      cpus,
      callbacks: config.callbacks ?? CALLBACKS,
      interrupts: true,
      mmu: true,
      maxphyaddr: addressBits(bytes),
      mem,
    });
    this.m.startDirect();
    this.runner = engine(this.m);
    this.m.handler = handle_interrupt;
    this.k = start_kernel(this.m, {
      highpte: true,
      paravirt: true,
      flush: 'native',
      sync: 'under-lock',
      ...config.kernel,
      release: config.release,
      ...(config.changes !== undefined && { changes: config.changes }),
      ...(config.policy !== undefined && { policy: config.policy }),
      tableFrames: [],
    });
    mm_init(this.k, { bytes: config.bytes, swap: config.swap ?? SWAP });
    this.spinner = Array.from({ length: config.cpus }, () => null);
    for (const mmu of this.m.mmus) {
      writeEfer(mmu, EFER_NXE);
      writeCr4(mmu, mmu.regs.cr4 | CR4_PGE | CR4_SMEP);
    }
    for (let cpu = 0; cpu < config.cpus; cpu++) boot_cpu_on(this.m.contexts[cpu]!, cpu, this.k.init_mm, false);
    this.controller = this.run(0, (c) => mm_alloc(c));
    this.load(0, this.controller);
    for (const [key, value] of SETTINGS) this.run(0, (c) => thp_sysfs_store(c, key, value));
    // A process that has advised once keeps khugepaged's list from being empty, so that no advice starts a scan.
    const advised = this.run(0, (c) => mm_alloc(c));
    this.run(0, (c) => __khugepaged_enter(c, advised));
    this.others = [
      { mm: this.controller, name: 'the controller' },
      { mm: advised, name: 'who advised first' },
    ];
  }

  run<T>(cpu: number, code: (c: Vcpu) => Code<T>): T {
    return this.runner.run(cpu, code);
  }

  private load(cpu: number, mm: Ptr): void {
    this.run(cpu, (c) => switch_mm(c, NULL, mm));
  }

  private idle(cpu: number): void {
    this.run(cpu, (c) => enter_lazy_tlb(c, NULL));
  }

  /** Whoever was there before goes on: the controller, a thread that spins, or nobody. */
  private leave(cpu: number): void {
    const spinner = this.spinner[cpu]!;
    if (cpu === 0) this.load(0, this.controller);
    else if (spinner !== null) this.load(cpu, spinner.mm);
    else this.idle(cpu);
  }

  /** The main thread of a process has its CPU meanwhile. */
  as<T>(p: Process, work: () => T): T {
    this.load(p.cpu, p.mm);
    const result = work();
    this.leave(p.cpu);
    return result;
  }

  /** The main thread of a process calls the kernel. */
  by<T>(p: Process, code: (c: Vcpu) => Code<T>): T {
    return this.as(p, () => this.run(p.cpu, code));
  }

  /** A kernel thread does something on the tables that are loaded. */
  byKthread<T>(cpu: number, code: (c: Vcpu) => Code<T>): T {
    this.idle(cpu);
    const result = this.run(cpu, code);
    this.leave(cpu);
    return result;
  }

  addProcess(name: string, cpu: number, mm: Ptr): Process {
    const p: Process = { name, cpu, mm, alive: true, idle: new Set(), spinning: new Set(), tables: null, pinned: [], userfaultfds: [] };
    this.processes.set(name, p);
    this.load(cpu, mm);
    this.leave(cpu);
    return p;
  }

  /** A thread of the process comes to a CPU, and spins there or sleeps. */
  addThread(p: Process, cpu: number, spins: boolean): void {
    this.load(cpu, p.mm);
    if (spins) {
      this.spinner[cpu] = p;
      p.spinning.add(cpu);
    } else p.idle.add(cpu);
    this.leave(cpu);
  }

  /** The threads that sleep wake up, and sleep again. */
  wake(p: Process): void {
    for (const cpu of p.idle) {
      this.load(cpu, p.mm);
      this.leave(cpu);
    }
  }

  /** Every thread but the main one ends. */
  join(p: Process): void {
    for (const cpu of [...p.idle, ...p.spinning]) {
      this.load(cpu, p.mm);
      if (this.spinner[cpu] === p) this.spinner[cpu] = null;
      this.leave(cpu);
    }
    p.idle.clear();
    p.spinning.clear();
  }

  /** The process ends: it lets go of its memory on the tables that are loaded, and its CPU goes on with somebody else. */
  exit(p: Process): void {
    this.join(p);
    this.load(p.cpu, p.mm);
    this.idle(p.cpu);
    this.run(p.cpu, (c) => mmput(c, p.mm));
    for (const ctx of p.userfaultfds) this.run(p.cpu, (c) => userfaultfd_release(c, ctx));
    p.alive = false;
    this.load(p.cpu, this.k.init_mm);
    this.leave(p.cpu);
  }
}

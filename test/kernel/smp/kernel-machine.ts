// SPDX-License-Identifier: GPL-2.0-only
/** A small machine with a kernel on it: what the tests of function calls and of flushes have in common. */
import { Machine } from '../../../cpu/machine.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { handle_interrupt } from '../../../src/kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { boot_cpu_on } from '../../../src/kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { allGuards } from '../../../src/kernel/guards.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { start_kernel } from '../../../src/kernel/init/start_kernel.ts';
import { type Kernel, type KernelConfig, newObject } from '../../../src/kernel/kernel.ts';

export const CONFIG: KernelConfig = {
  highpte: false,
  paravirt: true,
  flush: 'native',
  sync: 'under-lock',
  release: '6.6',
  tableFrames: [],
};

export type Program = (c: Vcpu) => Code;
/** What a CPU has loaded: P, P while lazy, another process's mm, or init_mm. */
export type Loaded = 'P' | 'lazy' | 'Q' | 'init';

export interface KernelMachine {
  m: Machine;
  k: Kernel;
  P: Ptr;
  Q: Ptr;
  /** Words that nothing else uses. */
  x: Ptr;
  y: Ptr;
  /** Interrupts taken in the execution that runs or has just run, as "1:fb": the CPU and the vector. */
  taken: string[];
  /** A word as it is now. */
  now(p: Ptr, field?: number): number;
  /** A per-CPU variable as it is now. */
  cpu(cpu: number, variable: number): number;
}

/** One CPU for each entry of `loaded`; those beyond `programs` do nothing but serve interrupts. */
export function kernelMachine(loaded: Loaded[], programs: Program[], options: { without?: string; config?: Partial<KernelConfig> } = {}) {
  const mem = createPhysMem(2048, 1);
  const m = new Machine({ cpus: loaded.length, callbacks: 0, interrupts: true, mem });
  const k = start_kernel(m, { ...CONFIG, ...options.config });
  const P = newObject(k, mm_struct, 'P');
  const Q = newObject(k, mm_struct, 'Q');
  const x = allocObject(mem, 2);
  const taken: string[] = [];
  const mms: Record<Loaded, Ptr> = { P, lazy: P, Q, init: k.init_mm };
  m.programs = programs.map((program, i) => [
    (c) => {
      if (i === 0) taken.length = 0;
      return program(c);
    },
  ]);
  m.handler = (c, bit) => {
    taken.push(`${c.id}:${(0xe0 + bit).toString(16)}`);
    return handle_interrupt(c, bit);
  };
  if (options.without !== undefined) m.guardsOff = new Set([guardId(options.without)]);
  m.boot(function* (c) {
    loaded.forEach((one, cpu) => {
      boot_cpu_on(c, cpu, mms[one], one === 'lazy');
    });
  });
  const now = (p: Ptr, field = 0): number => mem.words[p + field]! >>> 0;
  const machine: KernelMachine = { m, k, P, Q, x, y: (x + 1) as Ptr, taken, now, cpu: (cpu, variable) => now(k.percpu[cpu]!, variable) };
  return machine;
}

function guardId(name: string): number {
  const guard = allGuards().find((g) => g.name === name);
  if (guard === undefined) throw new Error(`no guard '${name}'`);
  return guard.id;
}

/** What a CPU has loaded at the end, in words. */
export function loadedAt({ k, P, cpu }: KernelMachine, n: number): string {
  const mm = cpu(n, percpu.loaded_mm);
  const name = mm === k.init_mm ? 'init' : mm === P ? 'P' : 'other';
  return cpu(n, percpu.is_lazy) !== 0 ? `lazy ${name}` : name;
}

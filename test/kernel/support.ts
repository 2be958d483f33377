// SPDX-License-Identifier: GPL-2.0-only
/** A machine with a kernel on it, and a few words and locks to play with. */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { createPhysMem } from '../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../mmu/types.ts';
import { handle_interrupt } from '../../src/kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { boot_cpu_on } from '../../src/kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import type { Guard } from '../../src/kernel/guard.ts';
import { rw_semaphore } from '../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../src/kernel/include/linux/percpu.ts';
import { task_struct } from '../../src/kernel/include/linux/sched.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import { runTasks } from '../../src/kernel/kernel/sched/run_tasks.ts';
import { type Kernel, newObject } from '../../src/kernel/kernel.ts';
import { at, struct } from '../../src/kernel/struct.ts';
import { type Explored, explore } from '../support/explore.ts';

const play = struct('play', { lock_a: 1, lock_b: 1, lock_c: 1, x: 1, y: 1, z: 1, sem: rw_semaphore.$words, sem2: rw_semaphore.$words });

export interface Bench {
  k: Kernel;
  m: Machine;
  a: Ptr;
  b: Ptr;
  lock_c: Ptr;
  x: Ptr;
  y: Ptr;
  z: Ptr;
  sem: Ptr;
  sem2: Ptr;
  /** What words hold in memory. */
  read(p: Ptr): number;
}

export interface BenchConfig {
  cpus?: number;
  callbacks?: number;
  interrupts?: boolean;
  /** Set-up before the image is taken. */
  setup?: (b: Bench) => void;
}

export function bench(config: BenchConfig = {}): Bench {
  const mem = createPhysMem(2048, 4);
  const m = new Machine({ cpus: config.cpus ?? 2, callbacks: config.callbacks ?? 0, interrupts: config.interrupts ?? false, mem });
  const k = start_kernel(m, { highpte: true, paravirt: true, flush: 'native', sync: 'under-lock', release: '6.6', tableFrames: [] });
  const o = newObject(k, play, 'play');
  const p = (field: number): Ptr => (o + field) as Ptr;
  const b: Bench = {
    k,
    m,
    a: p(play.lock_a),
    b: p(play.lock_b),
    lock_c: p(play.lock_c),
    x: p(play.x),
    y: p(play.y),
    z: p(play.z),
    sem: p(play.sem),
    sem2: p(play.sem2),
    read: (q) => mem.words[q]!,
  };
  config.setup?.(b);
  m.boot(function* (c) {
    for (let cpu = 0; cpu < m.cpus; cpu++) {
      const curr = b.read(at(k.percpu[cpu]!, percpu.curr));
      const mm = curr === 0 ? 0 : b.read(at(curr as Ptr, task_struct.mm));
      boot_cpu_on(c, cpu, mm === 0 ? k.init_mm : (mm as Ptr), false);
    }
  });
  return b;
}

/** What each CPU is to run, one list of programs for each, as kernel threads. */
export function benchOfTasks(config: BenchConfig, tasks: (b: Bench) => Program[][]): Bench {
  return bench({
    ...config,
    setup: (b) => {
      config.setup?.(b);
      for (const [cpu, programs] of tasks(b).entries())
        runTasks(
          b.k,
          cpu,
          programs.map((run, i) => ({ comm: `task${cpu}.${i}`, mm: NULL, run })),
        );
      if (config.interrupts === true) b.m.handler = handle_interrupt;
    },
  });
}

/** Explores; the final values of x, y and z are the state. */
export const exploreBench = (b: Bench, ...off: Guard[]): Explored => {
  b.m.guardsOff = new Set(off.map((g) => g.id));
  return explore(b.m, () => `${b.read(b.x)} ${b.read(b.y)} ${b.read(b.z)}`);
};

export type Program = (c: Vcpu) => Code;

/** One program for each vCPU, without tasks. */
export function run(b: Bench, ...programs: Program[]): Explored {
  b.m.programs = programs.map((p) => [p]);
  return exploreBench(b);
}

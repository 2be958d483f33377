// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine of a study: one process with a thread on each vCPU, on clocks. The initiators run on CPUs 0, 1, ..., and the others are in user mode, or idle.
 */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { clearMem, type PhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { TimedEngine } from '../engines/timed/engine.ts';
import { call_single_data } from '../kernel/include/linux/percpu.ts';
import { mm_alloc } from '../kernel/kernel/fork/mm_alloc.ts';
import { DEFAULTS, type Process, World, worldMemory } from '../workload/world.ts';
import type { Setting } from './setting.ts';

/** 1 GiB of words: as much as a study touches. */
const WORDS = 2 ** 28;

/** What one operation defers, and some more: every one is a context of the machine. */
const CALLBACKS = 8;

/** Memory of the machines, one after the other. */
export class StudyMemory {
  private words: Int32Array | null = null;
  private last: PhysMem | null = null;

  next(): PhysMem {
    if (this.last !== null) clearMem(this.last);
    this.words ??= new Int32Array(new SharedArrayBuffer(WORDS * 4));
    this.last = worldMemory(this.words);
    return this.last;
  }
}

export class BenchMachine {
  readonly world: World;
  readonly engine: TimedEngine;
  readonly process: Process;

  constructor(setting: Pick<Setting, 'cpus' | 'policy' | 'profile' | 'costs' | 'seed' | 'idle'>, memory: StudyMemory) {
    const { cpus, policy, profile, costs, seed, idle } = setting;
    let engine!: TimedEngine;
    this.world = new World({ ...DEFAULTS, release: '6.6', cpus, policy, callbacks: CALLBACKS }, memory.next(), (m) => {
      engine = new TimedEngine(m, { costs, socket: profile.socket, cluster: profile.cluster, seed });
      return engine;
    });
    this.engine = engine;
    const { k } = this.world;
    engine.tariff.queues = { from: k.percpu[0]!, to: (k.csd.at(-1)! + call_single_data.$words) as Ptr };
    this.process = this.world.addProcess(
      'P0',
      0,
      this.world.run(0, (c) => mm_alloc(c)),
    );
    for (let cpu = 1; cpu < cpus; cpu++) {
      const sleeps = cpu >= cpus - idle;
      this.world.addThread(this.process, cpu, !sleeps);
      if (sleeps) engine.asleep[cpu] = 1;
    }
  }

  /** The main thread runs code. */
  run<T>(code: (c: Vcpu) => Code<T>): T {
    return this.world.as(this.process, () => this.world.run(0, code));
  }

  /** Threads run code, the first of them the main thread on CPU 0, the others on the CPUs after it, each when so many ns have gone by; until all are done. */
  runAll(threads: readonly ((c: Vcpu) => Code)[], after: () => number): void {
    this.world.as(this.process, () => {
      const now = this.engine.clock[0]!;
      for (const [cpu, code] of threads.entries()) this.engine.start(cpu, code, now + after());
      this.engine.finish();
    });
  }
}

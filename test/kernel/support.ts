// SPDX-License-Identifier: GPL-2.0-only
/** A machine with a kernel on it, and a few words and locks to play with. */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { rw_semaphore } from '../../src/kernel/include/linux/mm_types.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import { type Kernel, newObject } from '../../src/kernel/kernel.ts';
import { struct } from '../../src/kernel/struct.ts';
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
  allocObject(mem, 2);
  m.boot(() => [][Symbol.iterator]() as never);
  return b;
}

type Program = (c: Vcpu) => Code;

/** One program for each vCPU; the final values of x, y and z are the state. */
export function run(b: Bench, ...programs: Program[]): Explored {
  b.m.programs = programs.map((p) => [p]);
  return explore(b.m, () => `${b.read(b.x)} ${b.read(b.y)} ${b.read(b.z)}`);
}

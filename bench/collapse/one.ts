// SPDX-License-Identifier: GPL-2.0-only
/**
 * The same MADV_COLLAPSE on both builds: as an execution of the explorer, transition by transition, with everything that it keeps; and on the direct engine.
 * Bundled twice, with generators and erased.
 */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { createPhysMem } from '../../mmu/phys-mem.ts';
import { runDirect } from '../../src/engines/direct.ts';
import { Xorshift } from '../../src/engines/xorshift.ts';
import { MADV_COLLAPSE } from '../../src/kernel/include/uapi/asm-generic/mman.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import { do_madvise } from '../../src/kernel/mm/madvise/do_madvise.ts';
import { ADDRESS, bootWorld, fill, HUGE, MEMORY, map, type World } from '../../src/scenarios/collapse/world.ts';
import { defaultKernel } from '../../src/scenarios/scenario.ts';
import { cpuTime } from './clock.ts';

const PAGES = 512;
/** Of the range: each present with a chance of one in four. */
const ONE_IN = 4;

interface Prepared {
  m: Machine;
  w: World;
}

function prepare(seed: number): Prepared {
  const m = new Machine({ cpus: 1, callbacks: 64, interrupts: true, mem: createPhysMem(MEMORY.objectWords, MEMORY.frames) });
  const k = start_kernel(m, { ...defaultKernel, release: '6.6', quarantine: true, keepNodes: true });
  const random = new Xorshift(seed);
  let w!: World;
  m.boot((c) => {
    w = bootWorld(c, k);
    map(c, w, false);
    for (let page = 0; page < PAGES; page++) if (random.below(ONE_IN) === 0) fill(c, w, page);
    return undefined;
  });
  return { m, w };
}

const collapse = (c: Vcpu, w: World): Code<number> => do_madvise(c, w.p, ADDRESS, HUGE, MADV_COLLAPSE);

/** @returns how many transitions the collapse has, and microseconds of each of so many executions */
export function explored(seed: number, times: number): { transitions: number; us: number[] } {
  const { m, w } = prepare(seed);
  m.programs = [[(c) => collapse(c, w) as Code<unknown> as Code]];
  const enabled = new Int32Array(m.actors);
  const us: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = cpuTime();
    m.reset();
    while (m.enabled(enabled) > 0) m.run(enabled[0]!, 0);
    us.push(cpuTime() - start);
    const { state } = m.done();
    if (state !== 'complete') throw new Error(`the collapse is ${state}`);
  }
  return { transitions: m.seq, us };
}

/** @returns microseconds of each of so many runs */
export function direct(seed: number, times: number): number[] {
  const us: number[] = [];
  for (let i = 0; i < times; i++) {
    const { m, w } = prepare(seed);
    m.startDirect();
    const start = cpuTime();
    const result = runDirect(m, 0, (c) => collapse(c, w));
    us.push(cpuTime() - start);
    if (result !== 0) throw new Error(`the collapse gives ${result}`);
  }
  return us;
}

// SPDX-License-Identifier: GPL-2.0-only
/** Collapses of a process that one CPU has, on the direct engine, and the function-call interrupts that /proc/interrupts would show. */
import { NULL, type Ptr } from '../../mmu/types.ts';
import { percpu } from '../../src/kernel/include/linux/percpu.ts';
import { mm_alloc } from '../../src/kernel/kernel/fork/mm_alloc.ts';
import { madvise, mmap, munmap } from '../../src/workload/syscalls.ts';
import { write } from '../../src/workload/user.ts';
import { DEFAULTS, World, worldMemory } from '../../src/workload/world.ts';

const AT = 0x40000000;

/** @returns collapses that succeeded, interrupts of all CPUs, and the most of one CPU */
export function collapses(cpus: number, n: number): { collapsed: number; received: number; most: number } {
  const words = new Int32Array(new SharedArrayBuffer(2 ** 28));
  const w = new World({ ...DEFAULTS, release: '6.6', cpus, callbacks: 8 }, worldMemory(words));
  const p = w.addProcess(
    'P0',
    0,
    w.run(0, (c) => mm_alloc(c)),
  );
  const calls = (): number[] => w.k.percpu.map((area) => w.m.mem.words[area + percpu.irq_call_count]!);
  let collapsed = 0;
  let received = 0;
  const each = Array<number>(cpus).fill(0);
  for (let i = 0; i < n; i++) {
    mmap(w, p, AT, 512, 'rw', false, NULL as Ptr, 0);
    write(w, p, AT, 1, i, 1);
    const before = calls();
    if (madvise(w, p, AT, 512, 'COLLAPSE') === 0) collapsed++;
    calls().forEach((now, cpu) => {
      received += now - before[cpu]!;
      each[cpu]! += now - before[cpu]!;
    });
    munmap(w, p, AT, 512);
  }
  return { collapsed, received, most: Math.max(...each) };
}

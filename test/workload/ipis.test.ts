// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many interrupts a collapse sends, derived from who has tables loaded: for each page table that is taken away, one to every other vCPU by the sync, and
 * one to each other vCPU in mm_cpumask by the flush. Time budget: 5 s.
 */
import { expect, test } from 'vitest';
import { NULL } from '../../mmu/types.ts';
import { mm_struct } from '../../src/kernel/include/linux/mm_types.ts';
import { mm_alloc } from '../../src/kernel/kernel/fork/mm_alloc.ts';
import type { KernelConfig } from '../../src/kernel/kernel.ts';
import { at } from '../../src/kernel/struct.ts';
import { H0 } from '../../src/workload/address.ts';
import { createFile, punch, writeFile } from '../../src/workload/files.ts';
import { madvise, mmap } from '../../src/workload/syscalls.ts';
import { read, write } from '../../src/workload/user.ts';
import { DEFAULTS, type Process, World, worldMemory } from '../../src/workload/world.ts';

const PAGES = 512;

function world(cpus: number, sync: KernelConfig['sync']): World {
  const config = { ...DEFAULTS, release: '6.6', cpus, bytes: 2 ** 27, kernel: { sync } } as const;
  return new World(config, worldMemory(new Int32Array(2 ** 25)));
}

/** A process on CPU 0 with threads that spin on others. */
function spawn(w: World, name: string, spinOn: readonly number[]): Process {
  const p = w.addProcess(
    name,
    0,
    w.run(0, (c) => mm_alloc(c)),
  );
  for (const cpu of spinOn) w.addThread(p, cpu, true);
  return p;
}

/** vCPUs in a process's mm_cpumask, but for one. */
function others(w: World, p: Process, cpu: number): number {
  let n = 0;
  const mask = w.m.mem.words[at(p.mm, mm_struct.cpu_bitmap)]!;
  for (let i = 0; i < w.m.cpus; i++) if (i !== cpu && ((mask >>> i) & 1) !== 0) n++;
  return n;
}

function sentBy(w: World, work: () => number): number {
  const before = w.m.counters.ipis;
  expect(work()).toBe(0);
  return w.m.counters.ipis - before;
}

test.each([
  [1, []],
  [2, []],
  [2, [1]],
  [4, [1, 3]],
  [8, [1, 2, 3, 4, 5, 6, 7]],
])('anonymous memory, %i vCPUs, threads on %j', (cpus, spinOn) => {
  const w = world(cpus, 'under-lock');
  const p = spawn(w, 'p', spinOn);
  mmap(w, p, H0, PAGES, 'rw', false, NULL, 0);
  write(w, p, H0, 64, 1, 1);
  expect(others(w, p, 0)).toBe(spinOn.length);
  expect(sentBy(w, () => madvise(w, p, H0, PAGES, 'COLLAPSE'))).toBe(cpus - 1 + others(w, p, 0));
});

test.each([
  [4, 'under-lock', 1],
  [4, 'after-unlock', 1],
  [4, 'absent', 0],
  [8, 'under-lock', 1],
] as const)('a file, %i vCPUs, sync %s', (cpus, sync, syncs) => {
  const w = world(cpus, sync);
  // Each process has a page table for the range, of which no page is mapped: so no page has to be unmapped before.
  createFile(w, 'f', 'memfd', PAGES * 4096);
  const f = w.files.get('f')!;
  const processes = [[1], [2, 3], []].map((spinOn, i) => spawn(w, `p${i}`, spinOn));
  for (const p of processes) {
    mmap(w, p, H0, PAGES, 'rw', true, f.file, 0);
    read(w, p, H0, 1, 1);
  }
  punch(w, f, 0, 1);
  writeFile(w, f, 0, 16, 1);
  const expected = processes.reduce((sum, p) => sum + syncs * (cpus - 1) + others(w, p, 0), 0);
  expect(sentBy(w, () => madvise(w, processes[0]!, H0, PAGES, 'COLLAPSE'))).toBe(expected);
});

// SPDX-License-Identifier: GPL-2.0-only
/**
 * One collapse of a file that N processes map, on N + 1 vCPUs that take turns: in a round every vCPU, store buffer and handler that can go on makes one
 * transition. That is one fair execution of the real code, in which those who want a lock wait as long as its holder has it.
 */
import { Machine } from '../../cpu/machine.ts';
import { isReady } from '../../cpu/next.ts';
import { load, store } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { handle_interrupt } from '../../src/kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { boot_cpu_on } from '../../src/kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import type { Release } from '../../src/kernel/changes.ts';
import { address_space, mm_struct } from '../../src/kernel/include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock, mmap_write_lock, mmap_write_unlock } from '../../src/kernel/include/linux/mmap_lock.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import { mm_alloc } from '../../src/kernel/kernel/fork/mm_alloc.ts';
import { countOf } from '../../src/kernel/kernel/locking/rwsem/bits.ts';
import { i_mmap_lock_read, i_mmap_lock_write, i_mmap_unlock_read, i_mmap_unlock_write } from '../../src/kernel/mm/interval_tree/i_mmap.ts';
import { khugepaged_collapse_control } from '../../src/kernel/mm/khugepaged/collapse_control.ts';
import { collapse_file } from '../../src/kernel/mm/khugepaged/collapse_file.ts';
import { lru_add_drain } from '../../src/kernel/mm/swap/lru_add_drain.ts';
import { at } from '../../src/kernel/struct.ts';
import { ADDRESS, bootFile, bootWorld, MEMORY, map, PRESENT_PAGES, touch, type World } from '../../src/scenarios/collapse/world.ts';
import { defaultKernel } from '../../src/scenarios/scenario.ts';

/**
 * What a process does while the file collapses: nothing; holds its mmap_lock for reading all the time; or takes and drops a lock again and again, as a
 * fault does (mmap_lock for reading), mmap() (for writing), truncate() (i_mmap_rwsem for reading), or munmap() (for writing).
 */
export type Habit = 'rest' | 'hold' | 'fault' | 'mmap' | 'truncate' | 'munmap';

/** In rounds. */
export interface Waits {
  longest: number;
  total: number;
}

export interface Result {
  /** Of the page tables that the processes had for the range. */
  retracted: number;
  /** Of all processes with a habit. */
  waits: ReadonlyMap<Habit, Waits>;
}

const PAGE_TABLE = 4096;

/** Loads with a lock, and loads without. */
const WORK = 20;

/** Loads before the collapse begins: everybody is at work then. */
const LEAD = 400;

export function simulate(release: Release, habits: readonly Habit[]): Result {
  const m = new Machine({
    cpus: habits.length + 1,
    callbacks: 64,
    interrupts: true,
    mem: createPhysMem(MEMORY.objectWords, MEMORY.frames),
  });
  const k = start_kernel(m, { ...defaultKernel, release, quarantine: true, keepNodes: true });
  const mms: Ptr[] = [];
  let w!: World;
  let done = 0 as Ptr;
  m.boot((c) => {
    w = bootWorld(c, k);
    done = allocObject(m.mem, 2);
    bootFile(c, w);
    for (let i = 0; i < habits.length; i++) {
      mms.push(bootProcess(c, w, i + 1));
    }
    run(c, lru_add_drain(c));
    return undefined;
  });
  const tables = (): number => mms.reduce((sum, mm) => sum + m.mem.words[at(mm, mm_struct.pgtables_bytes)]!, 0) / PAGE_TABLE;
  const collapse = function* (c: Vcpu): Code {
    for (let i = 0; i < LEAD; i++) yield* load(c, done);
    yield* collapse_file(c, mms[0]!, ADDRESS, w.file, 0, khugepaged_collapse_control);
    yield* store(c, done, 1);
  };
  m.programs = [[collapse], ...habits.map((habit, i) => [(c: Vcpu) => live(c, habit, mms[i]!, w.mapping, done, i)])];
  m.handler = handle_interrupt;
  m.reset();
  const before = tables();
  const waits = takeTurns(m, habits, locks(w, mms));
  return { retracted: (before - tables()) / habits.length, waits };
}

/** A process with a page table for the range, on a vCPU of its own. */
function bootProcess(c: Vcpu, w: World, cpu: number): Ptr {
  w.p = run(c, mm_alloc(c));
  map(c, w, true);
  for (const page of PRESENT_PAGES) touch(c, w, page);
  boot_cpu_on(c, cpu, w.p, false);
  return w.p;
}

function run<T>(c: Vcpu, code: Code<T>): T {
  for (;;) {
    const step = code.next();
    if (step.done === true) return step.value;
    c.m.runNow(c);
  }
}

const locks = (w: World, mms: readonly Ptr[]): ReadonlySet<Ptr> =>
  new Set([...mms.map((mm) => countOf(at(mm, mm_struct.mmap_lock))), countOf(at(w.mapping, address_space.i_mmap_rwsem))]);

const takes = {
  hold: [mmap_read_lock, mmap_read_unlock],
  fault: [mmap_read_lock, mmap_read_unlock],
  mmap: [mmap_write_lock, mmap_write_unlock],
  truncate: [i_mmap_lock_read, i_mmap_unlock_read],
  munmap: [i_mmap_lock_write, i_mmap_unlock_write],
} as const;

/** Each begins a little later than the one before. */
function* live(c: Vcpu, habit: Habit, mm: Ptr, mapping: Ptr, done: Ptr, start: number): Code {
  if (habit === 'rest') return;
  const [lock, unlock] = takes[habit];
  const of = habit === 'truncate' || habit === 'munmap' ? mapping : mm;
  for (let i = 0; i < start; i++) yield* load(c, done);
  while ((yield* load(c, done)) === 0) {
    yield* lock(c, of);
    do {
      for (let i = 0; i < WORK; i++) yield* load(c, done);
    } while (habit === 'hold' && (yield* load(c, done)) === 0);
    yield* unlock(c, of);
    for (let i = 0; i < WORK; i++) yield* load(c, done);
  }
}

function takeTurns(m: Machine, habits: readonly Habit[], waitedFor: ReadonlySet<Ptr>): Result['waits'] {
  const waits = new Map(habits.map((habit) => [habit, { longest: 0, total: 0 }]));
  const waiting = habits.map(() => 0);
  const enabled = new Int32Array(m.actors);
  for (let n = m.enabled(enabled); n > 0 && m.violation === null; n = m.enabled(enabled)) {
    const ready = new Set(enabled.subarray(0, n));
    habits.forEach((habit, i) => {
      const { at: word, buffer } = m.contexts[i + 1]!;
      const stands = !ready.has(i + 1) && waitedFor.has(word) && buffer.drained === buffer.stores; // else it waits for its own stores
      waiting[i] = stands ? waiting[i]! + 1 : 0;
      const w = waits.get(habit)!;
      if (stands) w.total++;
      w.longest = Math.max(w.longest, waiting[i]!);
    });
    for (const actor of ready) if (isEnabled(m, actor)) m.run(actor, 0);
  }
  const { violation } = m.done();
  if (violation !== null) throw new Error(violation.summary);
  return waits;
}

/** Somebody before it in the round may have taken the lock, or stopped it. */
function isEnabled(m: Machine, actor: number): boolean {
  const contexts = m.contexts.length;
  const c = m.contexts[actor % contexts]!;
  return (actor < contexts ? isReady(c) : c.buffer.drained < c.buffer.stores) && m.isPossible(actor);
}

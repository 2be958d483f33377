// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a page fault waits for while memory collapses: CPU0 has ranges collapsed, over and over; CPU1 touches pages that are not there yet, and times each
 * fault. Of anonymous memory both are threads of one process. Of shmem they are two processes that map one file, so that what CPU1 feels of the
 * collapse is what retract_page_tables() does to others: its mm loses its tables of the file each time, and with kernel=6.5 its mmap_lock is taken for it.
 */
import { LOCK_WAITS, rowOf, SHARED_COUNTS } from '../../../cpu/parallel/board.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { user_load, user_store } from '../../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { do_truncate } from '../../kernel/fs/open/vfs_fallocate.ts';
import { MADV_COLLAPSE, MADV_DONTNEED } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mm_alloc } from '../../kernel/kernel/fork/mm_alloc.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { H0, PAGE_SIZE } from '../address.ts';
import { createFile } from '../files.ts';
import { mmap } from '../syscalls.ts';
import type { Process, World } from '../world.ts';
import { COLLAPSE, DONTNEED, LOAD, STORE, TRUNCATE } from './operations.ts';
import { HPAGE_PAGES } from './stress-counts.ts';
import type { Thread } from './thread.ts';

export interface Victim {
  program: 'victim';
  memory: 'anon' | 'shmem';
  /** Ranges of 2 MiB, and how often they collapse. */
  ranges: number;
  rounds: number;
  /** Faults that are timed before the first collapse. */
  alone: number;
}

export interface VictimWorld {
  /** By vCPU. */
  processes: Process[];
  file: Ptr;
}

/** Of the victim: each fault in microseconds, while no collapse is under way, and while one is. Of both: how often a lock was not free at once meanwhile. */
export interface VictimFigures {
  alone: number[];
  during: number[];
  lockWaits: number;
}

/** On the board: a collapse is under way; there will be none any more. */
const UNDER_WAY = SHARED_COUNTS;
const OVER = SHARED_COUNTS + 1;

/** Where the victim has pages of its own. */
const AREA = 64;
const areaOf = (page: number): number => addressOf(AREA * HPAGE_PAGES + page);
const addressOf = (page: number): number => H0 + page * PAGE_SIZE;

export function prepareVictim(w: World, { memory, ranges }: Victim): VictimWorld {
  const spawn = (name: string, cpu: number): Process => w.addProcess(name, cpu, w.run(0, (c) => mm_alloc(c)) as Ptr);
  const first = spawn('collapses', 0);
  const second = memory === 'anon' ? first : spawn('faults', 1);
  if (memory === 'shmem') createFile(w, 'file', 'memfd', ranges * HPAGE_PAGES * PAGE_SIZE);
  const file = w.files.get('file')?.file ?? NULL;
  for (const p of new Set([first, second])) mmap(w, p, H0, ranges * HPAGE_PAGES, 'rw', file !== NULL, file, 0);
  mmap(w, second, areaOf(0), HPAGE_PAGES, 'rw', false, NULL, 0);
  return { processes: [first, second], file };
}

export function runVictim(t: Thread, world: VictimWorld, program: Victim): VictimFigures {
  const figures: VictimFigures = { alone: [], during: [], lockWaits: 0 };
  const p = world.processes[self.cpu]!;
  t.load(p.mm);
  t.meet(0);
  if (self.cpu === 1) while (figures.alone.length < program.alone && !t.stopped) faults(t, p, program, figures);
  t.meet(1);
  if (self.cpu === 0) collapseAll(t, world, program, figures);
  else while (Atomics.load(self.board, OVER) === 0 && !t.stopped) faults(t, p, program, figures);
  t.meet(2);
  return figures;
}

/** How often this vCPU has waited for a lock. */
const waits = (): number => self.board[rowOf(self.cpu) + LOCK_WAITS]!;

function collapseAll(t: Thread, { processes, file }: VictimWorld, { memory, ranges, rounds }: Victim, figures: VictimFigures): void {
  const { mm } = processes[0]!;
  const { board } = self;
  const bytes = ranges * HPAGE_PAGES * PAGE_SIZE;
  for (let round = 0; round < rounds && !t.stopped; round++) {
    for (let page = 0; page < ranges * HPAGE_PAGES; page++)
      t.run(STORE, addressOf(page), 0, (c) => user_store(c, mm, addressOf(page), round));
    const before = waits();
    Atomics.store(board, UNDER_WAY, 1);
    for (let range = 0; range < ranges; range++) {
      const va = addressOf(range * HPAGE_PAGES);
      t.run(COLLAPSE, va, HPAGE_PAGES, (c) => do_madvise(c, mm, va, HPAGE_PAGES * PAGE_SIZE, MADV_COLLAPSE));
    }
    Atomics.store(board, UNDER_WAY, 0);
    figures.lockWaits += waits() - before;
    if (memory === 'anon') t.run(DONTNEED, H0, bytes / PAGE_SIZE, (c) => do_madvise(c, mm, H0, bytes, MADV_DONTNEED));
    else for (const size of [0, bytes]) t.run(TRUNCATE, size / PAGE_SIZE, 0, (c) => do_truncate(c, file, size));
  }
  Atomics.store(board, OVER, 1);
}

/** Every page of the area once: it is empty before and after. Of a file the victim has tables, too, that can be taken from it. */
function faults(t: Thread, { mm }: Process, { memory, ranges }: Victim, figures: VictimFigures): void {
  const underWay = (): boolean => Atomics.load(self.board, UNDER_WAY) !== 0;
  for (let page = 0; page < HPAGE_PAGES; page++) {
    if (memory === 'shmem' && page % 64 === 0) touchFile(t, mm, ranges);
    const [meanwhile, before, from] = [underWay(), waits(), performance.now()];
    t.run(STORE, areaOf(page), 0, (c) => user_store(c, mm, areaOf(page), page));
    const us = (performance.now() - from) * 1000;
    if (meanwhile !== underWay()) continue;
    if (!meanwhile) {
      figures.alone.push(us);
      continue;
    }
    figures.during.push(us);
    figures.lockWaits += waits() - before;
  }
  t.run(DONTNEED, areaOf(0), HPAGE_PAGES, (c) => do_madvise(c, mm, areaOf(0), HPAGE_PAGES * PAGE_SIZE, MADV_DONTNEED));
}

/** A word of each range is read; SIGBUS is for a file that is being cut off. */
function touchFile(t: Thread, mm: Ptr, ranges: number): void {
  for (let range = 0; range < ranges; range++) {
    const va = addressOf(range * HPAGE_PAGES);
    t.run(LOAD, va, 0, (c) => user_load(c, mm, va));
  }
}

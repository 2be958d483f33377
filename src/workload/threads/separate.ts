// SPDX-License-Identifier: GPL-2.0-only
/**
 * Processes that share nothing, one on each vCPU: each fills ranges of anonymous memory, has them collapsed and looks at what they hold. What comes of it does
 * not depend on who was faster.
 */
import { OWN_COUNTS, rowOf } from '../../../cpu/parallel/board.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { user_load, user_store } from '../../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { MADV_COLLAPSE, MADV_DONTNEED } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mm_alloc } from '../../kernel/kernel/fork/mm_alloc.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { H0, PAGE_SIZE } from '../address.ts';
import { patternWord } from '../pattern.ts';
import { mmap } from '../syscalls.ts';
import type { Process, World } from '../world.ts';
import { COLLAPSE, DONTNEED, LOAD, STORE } from './operations.ts';
import { HPAGE_PAGES } from './stress-counts.ts';
import type { Thread } from './thread.ts';

export interface Separate {
  program: 'separate';
  /** Ranges of 2 MiB of each process. */
  ranges: number;
  /** Pages of each that are there before it is collapsed. */
  present: number;
  /** How often. */
  rounds: number;
}

export function prepareSeparate(w: World, { ranges }: Separate): Process[] {
  return Array.from({ length: w.m.cpus }, (_, cpu) => {
    const p = w.addProcess(`p${cpu}`, cpu, w.run(0, (c) => mm_alloc(c)) as Ptr);
    mmap(w, p, H0, ranges * HPAGE_PAGES, 'rw', false, NULL, 0);
    return p;
  });
}

/** @param findings gets the words that did not hold what was written */
export function runSeparate(t: Thread, p: Process, { ranges, present, rounds }: Separate, findings: string[]): void {
  const counts = rowOf(p.cpu) + OWN_COUNTS;
  t.load(p.mm);
  for (let round = 0; round < rounds && !t.stopped; round++) {
    if (round > 0)
      t.run(DONTNEED, H0, ranges * HPAGE_PAGES, (c) => do_madvise(c, p.mm, H0, ranges * HPAGE_PAGES * PAGE_SIZE, MADV_DONTNEED));
    for (let i = 0; i < ranges * present; i++) {
      const page = Math.floor(i / present) * HPAGE_PAGES + (i % present);
      const va = H0 + page * PAGE_SIZE;
      t.run(STORE, va, 0, (c) => user_store(c, p.mm, va, patternWord(round + p.cpu, page, 0)));
    }
    const ret = t.run(COLLAPSE, H0, ranges * HPAGE_PAGES, (c) => do_madvise(c, p.mm, H0, ranges * HPAGE_PAGES * PAGE_SIZE, MADV_COLLAPSE));
    if (ret !== 0) throw new Error(`madvise(COLLAPSE) returns ${ret}`);
    self.board[counts]! += ranges;
    for (let i = 0; i < ranges * present; i++) {
      const page = Math.floor(i / present) * HPAGE_PAGES + (i % present);
      const va = H0 + page * PAGE_SIZE;
      if (t.run(LOAD, va, 0, (c) => user_load(c, p.mm, va)) !== patternWord(round + p.cpu, page, 0) >>> 0)
        findings.push(`CPU${p.cpu}: the word at 0x${va.toString(16)} is lost`);
    }
  }
}

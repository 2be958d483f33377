// SPDX-License-Identifier: GPL-2.0-only
/**
 * Processes that share nothing, one on each vCPU: each fills ranges of anonymous memory, has them collapsed and looks at what they hold. What comes of it does
 * not depend on who was faster.
 */
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { FRAME_WORDS, NULL, type Ptr } from '../../../mmu/types.ts';
import { user_load, user_page, user_store } from '../../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { MADV_COLLAPSE, MADV_DONTNEED } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mm_alloc } from '../../kernel/kernel/fork/mm_alloc.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { H0, PAGE_SIZE } from '../address.ts';
import { patternWord } from '../pattern.ts';
import { mmap } from '../syscalls.ts';
import type { Process, World } from '../world.ts';
import { COLLAPSE, DONTNEED, LOAD, STORE } from './operations.ts';
import { HPAGE_PAGES } from './stress-counts.ts';

export interface Separate {
  program: 'separate';
  /** Ranges of 2 MiB of each process. */
  ranges: number;
  /** Pages of each that are there before it is collapsed. */
  present: number;
  /** How often before the time is taken, while V8 compiles, with threads of its own; and after. */
  warmUp: number;
  rounds: number;
}

export function prepareSeparate(w: World, { ranges }: Separate): Process[] {
  return Array.from({ length: w.m.cpus }, (_, cpu) => {
    const p = w.addProcess(`p${cpu}`, cpu, w.run(0, (c) => mm_alloc(c)) as Ptr);
    mmap(w, p, H0, ranges * HPAGE_PAGES, 'rw', false, NULL, 0);
    return p;
  });
}

/** Who runs operations on a vCPU: a thread; or, for comparison, the direct engine. */
export interface Runner {
  run<T>(operation: number, argument: number, second: number, code: (c: Vcpu) => Code<T>): T;
  load(mm: Ptr): void;
  /** Is the program to end? */
  readonly stopped: boolean;
}

const addressOf = (page: number): number => H0 + page * PAGE_SIZE;

/** @param findings gets the words that did not hold what was written @returns how many ranges were collapsed */
export function runSeparate(t: Runner, p: Process, { ranges, present }: Separate, rounds: number, findings: string[]): number {
  const pages = ranges * HPAGE_PAGES;
  const advise = (operation: number, behavior: number): number =>
    t.run(operation, H0, pages, (c) => do_madvise(c, p.mm, H0, pages * PAGE_SIZE, behavior));
  const pageOf = (i: number): number => Math.floor(i / present) * HPAGE_PAGES + (i % present);
  t.load(p.mm);
  let collapsed = 0;
  for (let round = 0; round < rounds && !t.stopped; round++) {
    const wordOf = (page: number): number => patternWord(round + p.cpu, page, 0) >>> 0;
    advise(DONTNEED, MADV_DONTNEED);
    for (let i = 0; i < ranges * present; i++) {
      const page = pageOf(i);
      t.run(STORE, addressOf(page), 0, (c) => user_store(c, p.mm, addressOf(page), wordOf(page)));
    }
    const ret = advise(COLLAPSE, MADV_COLLAPSE);
    if (ret !== 0) throw new Error(`madvise(COLLAPSE) returns ${ret}`);
    collapsed += ranges;
    for (let i = 0; i < ranges * present; i++) {
      const page = pageOf(i);
      const got = t.run(LOAD, addressOf(page), 0, (c) => user_load(c, p.mm, addressOf(page)));
      if (got !== wordOf(page)) findings.push(`CPU${p.cpu}: the word at 0x${addressOf(page).toString(16)} is lost`);
    }
  }
  return collapsed;
}

/** What the memory of the process holds, as one number. Nothing else goes on. */
export function digestOf(t: Runner, w: World, p: Process, { ranges }: Separate): number {
  const { words } = w.m.mem;
  let digest = 0x811c9dc5 | 0; // FNV-1a, by words
  for (let page = 0; page < ranges * HPAGE_PAGES; page++) {
    const at = t.run(LOAD, addressOf(page), 0, (c) => user_page(c, p.mm, addressOf(page), false));
    for (let i = 0; i < FRAME_WORDS; i++) digest = Math.imul(digest ^ words[at + i]!, 0x01000193);
  }
  return digest >>> 0;
}

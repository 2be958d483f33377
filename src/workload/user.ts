// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a program does with its memory: every page is reached through the MMU at CPL 3, and faults are the kernel's.
 */
import { user_page } from '../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { H0, PAGE_SIZE } from './address.ts';
import { fillPattern, hasPattern, isZero, patternWord } from './pattern.ts';
import type { Process, World } from './world.ts';

export interface Touched {
  /** Pages that went well. */
  pages: number;
  /** Pages that did not hold what they should. */
  bad: number;
  /** The signal that the program was killed by, or 0. */
  signal: number;
}

/** Goes over n pages, `stride` pages apart. @param visit is told where each page's words begin, and returns whether they are as they should be */
function touch(
  w: World,
  p: Process,
  va: number,
  n: number,
  stride: number,
  write: boolean,
  visit: (at: number, g: number) => boolean,
): Touched {
  const done: Touched = { pages: 0, bad: 0, signal: 0 };
  w.as(p, () => {
    for (let i = 0; i < n; i++) {
      const address = va + i * stride * PAGE_SIZE;
      const page = w.run(p.cpu, (c) => user_page(c, p.mm, address, write));
      if (page === 0) {
        done.signal = w.m.contexts[p.cpu]!.out;
        return;
      }
      if (!visit(page, pageNumber(address))) done.bad++;
      done.pages++;
    }
  });
  return done;
}

/** Pages count from 0x40000000 on: those below it have negative numbers. */
const pageNumber = (address: number): number => (address - H0) / PAGE_SIZE;

export function write(w: World, p: Process, va: number, n: number, seed: number, stride: number): Touched {
  const { words } = w.m.mem;
  return touch(w, p, va, n, stride, true, (at, g) => {
    fillPattern(words, at, seed, g);
    return true;
  });
}

/** One word of each page. */
export function store(w: World, p: Process, va: number, n: number, seed: number, word: number, stride: number): Touched {
  const { words } = w.m.mem;
  return touch(w, p, va, n, stride, true, (at, g) => {
    words[at + word] = patternWord(seed, g, word);
    return true;
  });
}

export const read = (w: World, p: Process, va: number, n: number, stride: number): Touched => touch(w, p, va, n, stride, false, () => true);

/** @param shift pages that the contents have moved by since they were written */
export function verify(w: World, p: Process, va: number, n: number, seed: number, stride: number, shift: number): Touched {
  const { words } = w.m.mem;
  return touch(w, p, va, n, stride, false, (at, g) => hasPattern(words, at, seed, g - shift));
}

export function verifyZero(w: World, p: Process, va: number, n: number): Touched {
  const { words } = w.m.mem;
  return touch(w, p, va, n, 1, false, (at) => isZero(words, at));
}

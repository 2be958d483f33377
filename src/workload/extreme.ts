// SPDX-License-Identifier: GPL-2.0-only
/**
 * 512 PTEs of 512 different huge pages, below an address: a huge page is brought in there, the pages gathered so far are moved away together
 * with its first one, which cuts the rest of it off, and back to one page further down; 512 times.
 * Reference: Linux tools/testing/selftests/mm/khugepaged.c, collapse_compound_extreme().
 */
import { NULL } from '../../mmu/types.ts';
import { PAGE_SIZE } from './address.ts';
import { madvise, mmap, mremap, munmap } from './syscalls.ts';
import { write } from './user.ts';
import type { Process, World } from './world.ts';

const NR = 512;
const HUGE = NR * PAGE_SIZE;

/** @returns 0, a negative errno, or the signal that the process is killed by */
export function extreme(w: World, p: Process, base: number): number {
  const first = mmap(w, p, base, NR, 'rw', false, NULL, 0);
  if (first < 0) return first;
  for (let i = 0; i < NR; i++) {
    const steps = [
      () => madvise(w, p, base, NR, 'HUGEPAGE'),
      () => write(w, p, base, 1, 0, 1).signal,
      () => madvise(w, p, base, NR, 'NOHUGEPAGE'),
      () => mremap(w, p, base - i * PAGE_SIZE, i + NR, i + 1, base + 2 * HUGE),
      () => mremap(w, p, base + 2 * HUGE, i + 1, i + 1 + NR, base - (i + 1) * PAGE_SIZE),
    ];
    for (const step of steps) {
      const ret = step();
      if (ret !== 0) return ret;
    }
  }
  return munmap(w, p, base, NR);
}

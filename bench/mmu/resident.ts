// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a process holds in memory beyond an empty one after it has touched frames all over 64 GiB of emulated RAM, as a share of those frames.
 */
import { World } from './world.ts';

const FRAMES = 65536;

/** Resident size less what an empty process has, over the frames touched. @param empty bytes */
export function resident(seed: number, empty: number): { touchedMiB: number; residentMiB: number; ratio: number } {
  const w = new World(seed);
  for (const pfn of w.frames(FRAMES, true)) w.mem.words[w.words(pfn)] = 1;
  const touched = FRAMES * 4096;
  const more = process.memoryUsage.rss() - empty;
  return { touchedMiB: touched / 2 ** 20, residentMiB: more / 2 ** 20, ratio: more / touched };
}

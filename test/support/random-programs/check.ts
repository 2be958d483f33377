// SPDX-License-Identifier: GPL-2.0-only
/** Draws programs and runs them. */
import fc from 'fast-check';
import type { Setting } from './engine.ts';
import type { Runner } from './erased.ts';
import { program } from './program.ts';

const MIB = 2 ** 20;
const RELEASES = ['6.6', '6.5', '6.1'] as const;

/** Much memory, some of it above 4 GiB. */
export const AMPLE: readonly Setting[] = RELEASES.map((release) => ({ release, bytes: 6144 * MIB, swap: 4 * MIB }));
/** Little of both. */
export const SCARCE: readonly Setting[] = [8, 12, 12].map((mib, i) => ({
  release: RELEASES[i]!,
  bytes: mib * MIB,
  swap: MIB,
  short: true,
}));

export interface Counts {
  programs: number;
  collapsed: number;
  refused: number;
}

/** @throws what fast-check makes of the smallest program that goes wrong, with the program as a workload */
export function checkPrograms(run: Runner, settings: readonly Setting[], programs: number, steps: number, shrink = true): Counts {
  const counts: Counts = { programs: 0, collapsed: 0, refused: 0 };
  fc.assert(
    fc.property(program(steps), fc.constantFrom(...settings), (one, setting) => {
      const { problem, lines, collapsed, refused } = run(one, setting);
      counts.programs++;
      counts.collapsed += collapsed;
      counts.refused += refused;
      if (problem !== null) throw new Error(`kernel=${setting.release}\n${lines.join('\n')}\n${problem}`);
    }),
    { seed: 1, numRuns: programs, endOnFailure: !shrink },
  );
  return counts;
}

// SPDX-License-Identifier: GPL-2.0-only
/** How much faster the direct engine on the erased build is than the build that is explored, on one collapse, and what a marked operation costs there. */
import { figure } from './figure.ts';
import { explored } from './one.ts';
import type { Figure } from './row.ts';

export interface Speed {
  figures: {
    transitions: number;
    'us explored': Figure;
    'us direct': Figure;
    times: number;
    'ns/operation explored': number;
    'ns/operation direct': number;
  };
  text: string;
}

const TIMES = 150;
const WARM = 50;

export async function measureSpeed({ seed }: { seed: number }): Promise<Speed> {
  const { direct } = await import('./erased/one.ts');
  const { transitions, us } = explored(seed, TIMES);
  const slow = figure(us.slice(WARM));
  const fast = figure(direct(seed, TIMES).slice(WARM));
  const each = (f: Figure): number => (f.median * 1000) / transitions;
  const figures = {
    transitions,
    'us explored': slow,
    'us direct': fast,
    times: slow.median / fast.median,
    'ns/operation explored': each(slow),
    'ns/operation direct': each(fast),
  };
  const text =
    `One MADV_COLLAPSE of ${transitions} transitions: ${slow.median.toFixed(0)} us where it is explored, ${fast.median.toFixed(0)} us on the direct engine: ` +
    `${figures.times.toFixed(1)} times as fast; ${each(slow).toFixed(1)} and ${each(fast).toFixed(1)} ns for each marked operation, with all that lies between two.`;
  return { figures, text };
}

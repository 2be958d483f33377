// SPDX-License-Identifier: GPL-2.0-only
/**
 * In what each upstream change may make a later kernel differ from the recorded 6.1.176; docs/kernel-versions.md has the same with the reasons. A difference
 * that comes with a change but is not of its kinds counts as not attributed: somebody should look at it.
 */
import type { Change } from '../../workload/releases.ts';
import type { LevelDifference } from './levels.ts';

/** Kinds: the level, and what of the operation. Changes that are not here show in none of the recorded cases. */
export const ATTRIBUTED: Partial<Record<Change, readonly string[]>> = {
  '96d82deb743a': ['L4 vmstat'],
  '2cf1338454a8': ['L2 status', 'L3 Rss', 'L3 dPTE', 'L3 pages', 'L4 vmstat', 'L4 pages_collapsed', 'L5 flushes', 'L5 function calls'],
  ac492b9c70ca: [
    ...['L1 ret', 'L1 err', 'L2 status', 'L3 Rss', 'L3 ShmemPmdMapped', 'L3 dPTE', 'L3 pages', 'L3 files'],
    ...['L4 vmstat', 'L4 pages_collapsed', 'L5 flushes', 'L5 function calls'],
  ],
  '1d65b771bc08': [
    ...['L1 ret', 'L1 err', 'L2 status', 'L3 Rss', 'L3 ShmemPmdMapped', 'L3 dPTE', 'L3 pages', 'L4 vmstat', 'L4 pages_collapsed'],
    ...['L5 flushes', 'L5 TLB interrupts', 'L5 function calls'],
  ],
  d50791c2bee9: ['L3 Rss', 'L3 ShmemPmdMapped', 'L3 dPTE', 'L3 pages', 'L4 pages_collapsed', 'L4 vmstat', 'L5 flushes'],
  '3ef938c35035': ['L5 flushes', 'L5 TLB interrupts', 'L5 function calls'],
};

/** Of "ops[9] collapse P0 H0 512: P0@0: flush 512" it is "L5 flushes". */
export function kindOf({ level, where }: LevelDifference): string {
  const what = where.split(': ').at(-1)!;
  if (/^flush/.test(what)) return `${level} flushes`;
  return `${level} ${what === 'at most' || what.startsWith('function calls') ? 'function calls' : what}`;
}

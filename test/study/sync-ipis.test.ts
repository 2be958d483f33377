// SPDX-License-Identifier: GPL-2.0-only
/**
 * Collapses on 64 CPUs of which only one has the process: every interrupt is that of tlb_remove_table_sync_one(), one for each other CPU. 20 GiB would be
 * 10,240 of them, 645,120 interrupts: `npm run test:long` runs them all (sync-ipis.long.test.ts). Budget: 2 s of CPU time.
 */
import { expect, it } from 'vitest';
import { collapses } from './sync-ipis.ts';

it('as many interrupts as other CPUs for each collapse', () => {
  expect(collapses(64, 12)).toEqual({ collapsed: 12, received: 12 * 63, most: 12 });
});

it('with half the CPUs, half as many', () => {
  expect(collapses(32, 12).received).toBe(12 * 31);
});

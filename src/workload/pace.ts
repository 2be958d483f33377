// SPDX-License-Identifier: GPL-2.0-only
/**
 * khugepaged at its own pace: it scans as many pages as `pages_to_scan` says, sleeps for `scan_sleep_millisecs`, and so on. Only sleeping takes time
 * on this machine, so that the clock moves as it would on one that is infinitely fast.
 */

import { HZ, INITIAL_JIFFIES, time } from '../kernel/kernel/time/jiffies.ts';
import { khugepaged_collapse_control } from '../kernel/mm/khugepaged/collapse_control.ts';
import { khugepaged_do_scan } from '../kernel/mm/khugepaged/khugepaged_do_scan.ts';
import { khugepaged_wait_work } from '../kernel/mm/khugepaged/khugepaged_wait.ts';
import type { World } from './world.ts';

/** Seconds since boot. Somebody may be running. */
export const clockOf = (w: World): number => ((w.m.mem.words[w.k.globals.time + time.jiffies]! - INITIAL_JIFFIES) >>> 0) / HZ;

/**
 * Rounds until so many seconds have passed: it ends with the sleep that reaches them. Or earlier, where khugepaged has nothing to do, or never sleeps.
 * @returns the seconds that have passed
 */
export function scanFor(w: World, seconds: number): number {
  const from = clockOf(w);
  for (;;) {
    const before = clockOf(w);
    w.byKthread(w.khugepagedCpu, (c) => khugepaged_do_scan(c, khugepaged_collapse_control));
    w.run(w.khugepagedCpu, khugepaged_wait_work);
    const now = clockOf(w);
    if (now === before || now - from >= seconds) return now - from;
  }
}

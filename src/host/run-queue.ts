// SPDX-License-Identifier: GPL-2.0-only
/**
 * How long the calling thread could have run and had no core, since it exists: where others use the machine too, wall time without it is what the thread itself took.
 */
import { readFileSync } from 'node:fs';

/** @returns milliseconds, or 0 where the host does not say (only Linux does) */
export function waitedForCore(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

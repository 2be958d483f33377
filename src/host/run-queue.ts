// SPDX-License-Identifier: GPL-2.0-only
/**
 * How long the calling thread has run, and how long it could have run and had no core, since it exists: where others use the machine too, wall time says more
 * about them.
 */
import { readFileSync } from 'node:fs';

export interface CoreTime {
  ran: number;
  waited: number;
}

/** @returns milliseconds; zeroes where the host does not say (only Linux does) */
export function coreTime(): CoreTime {
  try {
    const [ran, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 };
  }
}

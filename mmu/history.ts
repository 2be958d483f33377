// SPDX-License-Identifier: GPL-2.0-only
/**
 * The values of one entry as the walks of one vCPU could read them, newest first, each with the time in which it was there: [from, until), in events.
 *
 * Reference: docs/design-notes.md, "Translations".
 */

import type { EntryLog } from './entry-log.ts';
import { NEVER } from './invalidations.ts';
import { longer } from './longer.ts';
import type { Ptr } from './types.ts';

export class History {
  n = 0;
  lo = new Int32Array(16);
  hi = new Int32Array(16);
  from = new Int32Array(16);
  until = new Int32Array(16);

  /** @param words memory, for an entry that has not changed */
  read(entry: Ptr, log: EntryLog, words: Int32Array): void {
    this.n = 0;
    let until = NEVER;
    for (let i = log.n - 1; i >= 0; i--) {
      if (log.at[i] !== entry) continue;
      const from = log.seq[i]!;
      if (from < until) this.push(log.lo[i]!, log.hi[i]!, from, until);
      until = from;
    }
    if (this.n === 0) this.push(words[entry]!, words[entry + 1]!, -1, NEVER);
  }

  private push(lo: number, hi: number, from: number, until: number): void {
    if (this.n === this.lo.length) {
      for (const k of ['lo', 'hi', 'from', 'until'] as const) this[k] = longer(this[k]);
    }
    this.lo[this.n] = lo;
    this.hi[this.n] = hi;
    this.from[this.n] = from;
    this.until[this.n++] = until;
  }
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The values of one entry as one vCPU may have read them, newest first, each with the time in which it was there: [from, until), in events. What
 * memory held comes from the log; stores of its own that are still buffered the vCPU's walks see too.
 *
 * Reference: semantics of x86-TSO for walks: a walk reads through the store buffer (docs/design-notes.md, "Translations").
 */
import type { EntryLog } from './entry-log.ts';
import { NEVER } from './invalidations.ts';
import type { Ptr } from './types.ts';

/** Entries as an own buffered store leaves them, oldest first. */
export interface OwnViews {
  n: number;
  at: Int32Array;
  lo: Int32Array;
  hi: Int32Array;
}

export const createOwnViews = (): OwnViews => ({ n: 0, at: new Int32Array(16), lo: new Int32Array(16), hi: new Int32Array(16) });

export function pushOwnView(own: OwnViews, at: Ptr, lo: number, hi: number): void {
  if (own.n === own.at.length) {
    for (const k of ['at', 'lo', 'hi'] as const) {
      const wider = new Int32Array(own.n * 2);
      wider.set(own[k]);
      own[k] = wider;
    }
  }
  own.at[own.n] = at;
  own.lo[own.n] = lo;
  own.hi[own.n++] = hi;
}

export class History {
  n = 0;
  lo = new Int32Array(16);
  hi = new Int32Array(16);
  from = new Int32Array(16);
  until = new Int32Array(16);

  /** @param words memory, for an entry that has not changed */
  read(entry: Ptr, log: EntryLog, own: OwnViews, words: Int32Array): void {
    this.n = 0;
    let until = NEVER;
    for (let i = own.n - 1; i >= 0; i--) if (own.at[i] === entry) this.push(own.lo[i]!, own.hi[i]!, NEVER - 1, NEVER);
    let known = false;
    for (let i = log.n - 1; i >= 0; i--) {
      if (log.at[i] !== entry) continue;
      known = true;
      if (log.seq[i]! < until) this.push(log.lo[i]!, log.hi[i]!, log.seq[i]!, until);
      until = log.seq[i]!;
    }
    if (!known) this.push(words[entry]!, words[entry + 1]!, -1, NEVER);
  }

  private push(lo: number, hi: number, from: number, until: number): void {
    if (this.n === this.lo.length) {
      for (const k of ['lo', 'hi', 'from', 'until'] as const) {
        const wider = new Int32Array(this.n * 2);
        wider.set(this[k]);
        this[k] = wider;
      }
    }
    this.lo[this.n] = lo;
    this.hi[this.n] = hi;
    this.from[this.n] = from;
    this.until[this.n++] = until;
  }
}

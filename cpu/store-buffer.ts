// SPDX-License-Identifier: GPL-2.0-only
/**
 * The store buffer of a context: a FIFO of plain and marked stores. Entries are numbered from 0 in order of issue; marked ones also
 * among themselves. A drain takes entries from the front up to and including the oldest marked one; plain entries with no marked entry
 * behind them leave with the next operation that waits for an empty buffer, or at the end.
 *
 * Reference: Sewell et al., "x86-TSO" (CACM 2010), section 3; Intel SDM Vol. 3A 12.10 (store buffer). Unbounded here, so that no order
 * is lost.
 */
import { longer } from '../mmu/longer.ts';
import type { Ptr } from '../mmu/types.ts';

/** Entry flags. */
export const MARKED = 1;
/** Two words, one entry. */
export const WIDE = 2;
/** The first half of a 64-bit value that is stored in two halves: memory holds no value that was meant until the other half follows. */
export const HALFWAY = 4;
/** Stored by an instruction that has had transitions before: no interrupt is taken between those and the store. */
export const CONTINUES = 8;

export class StoreBuffer {
  at = new Int32Array(64);
  lo = new Int32Array(64);
  hi = new Int32Array(64);
  flags = new Int32Array(64);
  /** Place of the program transition that issued the entry. */
  issuedAt = new Int32Array(64);
  /** Number of the trace site, while tracing. */
  site = new Int32Array(64);
  /** Entry number of each marked store. */
  marked = new Int32Array(64);
  issued = 0;
  left = 0;
  /** Marked stores issued and drained. */
  stores = 0;
  drained = 0;

  reset(): void {
    this.issued = this.left = this.stores = this.drained = 0;
  }

  push(at: Ptr, lo: number, hi: number, flags: number, issuedAt: number, site: number): void {
    const i = this.issued++;
    if (i === this.at.length) for (const k of ['at', 'lo', 'hi', 'flags', 'issuedAt', 'site', 'marked'] as const) this[k] = longer(this[k]);
    this.at[i] = at;
    this.lo[i] = lo;
    this.hi[i] = hi;
    this.flags[i] = flags;
    this.issuedAt[i] = issuedAt;
    this.site[i] = site;
    if ((flags & MARKED) !== 0) this.marked[this.stores++] = i;
  }

  /** The newest entry still buffered that covers the word, or -1. */
  newest(p: Ptr): number {
    for (let i = this.issued - 1; i >= this.left; i--) if (this.covers(i, p)) return i;
    return -1;
  }

  covers(entry: number, p: Ptr): boolean {
    const d = p - this.at[entry]!;
    return d === 0 || (d === 1 && (this.flags[entry]! & WIDE) !== 0);
  }

  valueAt(entry: number, p: Ptr): number {
    return p === this.at[entry] ? this.lo[entry]! : this.hi[entry]!;
  }
}

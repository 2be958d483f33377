// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each word may hold while threads store, collapse and drop pages at the same time. In every page each thread has a word that only it writes, so it knows
 * what must be there: what it stored last; or zero, if the page may have been dropped since; and zero for sure, if it has been.
 *
 * Drops of a page are made by one thread, and numbered: `started` and `finished` of the page count them. A drop that had not finished before a store began may have
 * taken what was stored; one that started after the store had ended, and finished before a load began, has.
 */

/** By page, shared by all threads: drops that have started, then drops that have finished. */
export const createDrops = (pages: number): Int32Array => new Int32Array(new SharedArrayBuffer(8 * pages));

export class Ledger {
  private readonly started: Int32Array;
  private readonly finished: Int32Array;
  /** By page: what this thread stored last, 0 for nothing that is still there. */
  private readonly values: Int32Array;
  /** Drops that had finished before that, and that had started after. */
  private readonly before: Int32Array;
  private readonly after: Int32Array;

  constructor(drops: Int32Array) {
    const pages = drops.length / 2;
    this.started = drops.subarray(0, pages);
    this.finished = drops.subarray(pages);
    this.values = new Int32Array(pages);
    this.before = new Int32Array(pages);
    this.after = new Int32Array(pages);
  }

  /** Around a drop of pages by their one thread. */
  startDrop(page: number, n: number): void {
    for (let i = page; i < page + n; i++) Atomics.add(this.started, i, 1);
  }
  finishDrop(page: number, n: number): void {
    for (let i = page; i < page + n; i++) Atomics.add(this.finished, i, 1);
  }

  /** Drops of the page that have finished by now: asked for before an access. */
  finishedBy(page: number): number {
    return Atomics.load(this.finished, page);
  }

  /** May a drop have been under way at any time since? */
  overlapped(page: number, finishedBefore: number): boolean {
    return Atomics.load(this.started, page) > finishedBefore;
  }

  stored(page: number, value: number, finishedBefore: number): void {
    this.values[page] = value;
    this.before[page] = finishedBefore;
    this.after[page] = Atomics.load(this.started, page);
  }

  /** @returns what is wrong with what was loaded, or null */
  judge(page: number, got: number, finishedBefore: number): string | null {
    const value = this.values[page]!;
    const stale = finishedBefore > this.after[page]!;
    if (got === value) return value !== 0 && stale ? `holds 0x${got.toString(16)} again, which was dropped` : null;
    if (got !== 0) return `holds 0x${(got >>> 0).toString(16)}, which nobody stored there: it should be 0x${value.toString(16)}`;
    if (!this.overlapped(page, this.before[page]!)) return `holds 0: 0x${value.toString(16)} is lost`;
    this.values[page] = 0; // and it must not come back
    return null;
  }
}

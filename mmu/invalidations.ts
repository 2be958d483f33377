// SPDX-License-Identifier: GPL-2.0-only
/**
 * The invalidations that a vCPU has made in an execution, and what follows from them: since when it may have remembered a translation, and until
 * when a paging-structure cache. They come in any order: a fault, which is taken after its walk, may be noted after a handler's INVLPG that the class
 * of the execution puts behind it.
 *
 * A page of 2 MiB may be held in pieces of 4 KiB: INVLPG drops all of them only where the address is mapped by such a page when it is executed.
 *
 * Reference: Intel SDM Vol. 3A 4.10.4.1; 4.10.2.3 for the page that INVLPG speaks of where it is a 2 MiB page.
 */

import { DROP_GLOBAL, DROP_LOCAL, DROP_PAGE, DROP_STRUCTURE, DROP_STRUCTURES } from './invalidation.ts';
import { longer } from './longer.ts';

/** Later than any event. */
export const NEVER = 0x7fffffff;

export class Invalidations {
  private n = 0;
  private seq = new Int32Array(16);
  private drops = new Int32Array(16);
  private va = new Int32Array(16);
  /** log2 of the size of the page that the address lay in. */
  private bits = new Int32Array(16);

  reset(): void {
    this.n = 0;
  }

  /** @param drops sum of DROP_ bits of mmu/invalidation */
  push(seq: number, drops: number, va: number, large: boolean): void {
    if (this.n === this.seq.length) for (const k of ['seq', 'drops', 'va', 'bits'] as const) this[k] = longer(this[k]);
    this.seq[this.n] = seq;
    this.drops[this.n] = drops;
    this.va[this.n] = va;
    this.bits[this.n++] = large ? 21 : 12;
  }

  /** The last event that removed the translations of the page of `va`, global ones or others, out of PDEs or PTEs; -1 for none. */
  translationsSince(va: number, global: boolean, large: boolean): number {
    let last = -1;
    for (let i = 0; i < this.n; i++) {
      const drops = this.drops[i]!;
      const page = (drops & DROP_PAGE) !== 0 && (this.va[i]! ^ va) >>> (large ? this.bits[i]! : 12) === 0;
      if (page || (drops & (global ? DROP_GLOBAL : DROP_LOCAL)) !== 0) last = Math.max(last, this.seq[i]!);
    }
    return last;
  }

  /** The first event not before `from` that removed what the paging-structure caches hold for `va`, or NEVER. */
  structuresUntil(va: number, from: number): number {
    let first = NEVER;
    for (let i = 0; i < this.n; i++) {
      const drops = this.drops[i]!;
      const region = (drops & DROP_STRUCTURE) !== 0 && (this.va[i]! ^ va) >>> 21 === 0;
      if (this.seq[i]! >= from && (region || (drops & DROP_STRUCTURES) !== 0)) first = Math.min(first, this.seq[i]!);
    }
    return first;
  }
}

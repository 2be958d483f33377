// SPDX-License-Identifier: GPL-2.0-only
/**
 * What may become of one access, as a list without doubles: columns, reused for every access.
 *
 * Reference: docs/design-notes.md, "Translations".
 */
import { longer } from './longer.ts';

/** The access is made in frame `a`. */
export const USE = 0;
/** Page fault with error code `a`. */
export const FAULT = 1;
/** The entry at word `a`, while it holds (`b`, `c`), first gets the bits `d`; the access is made in frame `e`, or, where that is -1, the walk begins again. */
export const MARK = 2;
/** The walk reads frame `a`, which is no page table any more, or no memory. */
export const ASTRAY = 3;

const WIDTH = 6;

export class Outcomes {
  n = 0;
  private rows = new Int32Array(16 * WIDTH);

  add(kind: number, a: number, b: number, c: number, d: number, e: number): void {
    for (let i = 0; i < this.n; i++) if (this.is(i * WIDTH, kind, a, b, c, d, e)) return;
    if ((this.n + 1) * WIDTH > this.rows.length) this.rows = longer(this.rows);
    const at = this.n++ * WIDTH;
    this.rows[at] = kind;
    this.rows[at + 1] = a;
    this.rows[at + 2] = b;
    this.rows[at + 3] = c;
    this.rows[at + 4] = d;
    this.rows[at + 5] = e;
  }

  private is(at: number, kind: number, a: number, b: number, c: number, d: number, e: number): boolean {
    const { rows } = this;
    return (
      rows[at] === kind &&
      rows[at + 1] === (a | 0) &&
      rows[at + 2] === (b | 0) &&
      rows[at + 3] === (c | 0) &&
      rows[at + 4] === (d | 0) &&
      rows[at + 5] === (e | 0)
    );
  }

  kind(i: number): number {
    return this.rows[i * WIDTH]!;
  }

  /** Column 0 to 4: `a` to `e`. */
  value(i: number, column: number): number {
    return this.rows[i * WIDTH + 1 + column]!;
  }
}

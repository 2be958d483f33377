// SPDX-License-Identifier: GPL-2.0-only
/**
 * A heap of numbers 0 to n - 1 by key: who comes next. Ties go to the lower number, so that the order follows from the keys alone.
 * Reference: Williams, "Algorithm 232: Heapsort" (1964), with the place of each number kept so that a key can change.
 */
export class Heap {
  readonly keys: Float64Array;
  private readonly order: Int32Array;
  private readonly place: Int32Array;

  /** Every key is Infinity. */
  constructor(n: number) {
    this.keys = new Float64Array(n).fill(Infinity);
    this.order = Int32Array.from({ length: n }, (_, i) => i);
    this.place = this.order.slice();
  }

  /** The number with the least key. */
  get first(): number {
    return this.order[0]!;
  }

  /** The least key of all others than the first. */
  get second(): number {
    const { keys, order } = this;
    const a = order.length > 1 ? keys[order[1]!]! : Infinity;
    const b = order.length > 2 ? keys[order[2]!]! : Infinity;
    return a < b ? a : b;
  }

  set(i: number, key: number): void {
    const before = this.keys[i]!;
    if (key === before) return;
    this.keys[i] = key;
    if (key < before) this.up(i);
    else this.down(i);
  }

  private less(i: number, j: number): boolean {
    const a = this.keys[i]!;
    const b = this.keys[j]!;
    return a < b || (a === b && i < j);
  }

  private put(i: number, at: number): void {
    this.order[at] = i;
    this.place[i] = at;
  }

  private up(i: number): void {
    let at = this.place[i]!;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.order[above]!;
      if (!this.less(i, other)) break;
      this.put(other, at);
      at = above;
    }
    this.put(i, at);
  }

  private down(i: number): void {
    const n = this.order.length;
    let at = this.place[i]!;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= n) break;
      if (below + 1 < n && this.less(this.order[below + 1]!, this.order[below]!)) below++;
      const other = this.order[below]!;
      if (!this.less(other, i)) break;
      this.put(other, at);
      at = below;
    }
    this.put(i, at);
  }
}

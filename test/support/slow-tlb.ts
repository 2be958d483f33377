// SPDX-License-Identifier: GPL-2.0-only
/**
 * The sizes and the replacement of the TLBs, by lists of names: what an access misses, and nothing of where it leads. Two levels; what a walk finds
 * enters both; what the second level has enters the first; each set is replaced in turn, whatever is used or dropped.
 */
import type { TlbGeometry, Ways } from '../../mmu/geometry.ts';

class Sets {
  private readonly sets: (string | null)[][];
  private readonly next: number[];
  constructor({ sets, ways }: Ways) {
    this.sets = Array.from({ length: sets }, () => Array<string | null>(ways).fill(null));
    this.next = Array<number>(sets).fill(0);
  }
  has(page: number, name: string): boolean {
    return this.sets[page % this.sets.length]!.includes(name);
  }
  put(page: number, name: string): void {
    const set = page % this.sets.length;
    const ways = this.sets[set]!;
    ways[this.next[set]!] = name;
    this.next[set] = (this.next[set]! + 1) % ways.length;
  }
  drop(goes: (name: string) => boolean): void {
    for (const ways of this.sets) for (const [way, name] of ways.entries()) if (name !== null && goes(name)) ways[way] = null;
  }
}

export class SlowTlb {
  firstMisses = 0;
  walks = 0;
  private readonly data: [small: Sets, large: Sets];
  private readonly code: [small: Sets, large: Sets];
  private readonly shared: Sets;
  constructor({ data4K, data2M, code4K, code2M, shared }: TlbGeometry) {
    this.data = [new Sets(data4K), new Sets(data2M)];
    this.code = [new Sets(code4K), new Sets(code2M)];
    this.shared = new Sets(shared);
  }

  access(va: number, fetch: boolean, large: boolean, global: boolean): void {
    const page = large ? va >>> 21 : va >>> 12;
    const name = nameOf(va, large, global);
    const first = (fetch ? this.code : this.data)[large ? 1 : 0];
    if (first.has(page, name)) return;
    this.firstMisses++;
    if (!this.shared.has(page, name)) {
      this.walks++;
      this.shared.put(page, name);
    }
    first.put(page, name);
  }

  private drop(goes: (name: string) => boolean): void {
    for (const sets of [...this.data, ...this.code, this.shared]) sets.drop(goes);
  }
  dropPage(va: number): void {
    const names = [false, true].flatMap((large) => [false, true].map((global) => nameOf(va, large, global)));
    this.drop((name) => names.includes(name));
  }
  dropLocal(): void {
    this.drop((name) => !name.includes('global'));
  }
  dropAll(): void {
    this.drop(() => true);
  }
}

const nameOf = (va: number, large: boolean, global: boolean): string =>
  `${large ? `2M ${va >>> 21}` : `4K ${va >>> 12}`}${global ? ' global' : ''}`;

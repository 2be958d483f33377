// SPDX-License-Identifier: GPL-2.0-only
/**
 * The search of one cell, given out in pieces: a tree for each starting state, and the sum of what has come back. Which pieces there were, and in which
 * order they were done, does not show in the sum.
 */
import { SearchTree, type Share, type TreeImage } from '../engines/explore/search-tree.ts';
import { boundsOf } from './bounds.ts';
import { type Cell, startsOf } from './cell.ts';
import { conclude, type Verdict } from './check.ts';
import { better, type Counterexample } from './counterexample.ts';
import { type Counts, NONE, type Slice, sumOf } from './slice.ts';

export interface Piece {
  start: number;
  shares: readonly Share[];
}

/** All that is known, as plain data. */
export interface CellImage {
  trees: TreeImage[];
  counts: Counts;
  best: Counterexample | null;
  witnesses: ReadonlySet<string>;
}

export class CellSearch {
  readonly cell: Cell;
  private readonly trees: SearchTree[];
  counts = NONE;
  best: Counterexample | null = null;
  readonly witnesses: Set<string>;
  /** What ended the search before its end. */
  cut: string | null = null;

  constructor(cell: Cell, image?: CellImage) {
    this.cell = cell;
    this.trees =
      image === undefined
        ? Array.from({ length: startsOf(cell) }, () => new SearchTree())
        : image.trees.map((tree) => new SearchTree(tree));
    this.counts = image?.counts ?? NONE;
    this.best = image?.best ?? null;
    this.witnesses = new Set(image?.witnesses);
  }

  get over(): boolean {
    return this.cut !== null || this.trees.every((tree) => tree.over);
  }

  /**
   * Gives a piece out, or nothing while all are.
   * @param sharers how many work on the search
   */
  take(sharers: number): Piece | null {
    if (this.cut !== null) return null;
    for (const [start, tree] of this.trees.entries()) {
      const shares = tree.take(sharers);
      if (shares.length > 0) return { start, shares };
    }
    return null;
  }

  /** Makes more pieces of what is nobody's. @returns false if that is not possible */
  split(): boolean {
    return this.trees.some((tree) => tree.split());
  }

  /** @param slices one of each share */
  giveBack({ start, shares }: Piece, slices: readonly Slice[]): void {
    for (const [i, slice] of slices.entries()) {
      this.trees[start]!.giveBack(shares[i]!, slice.rest, slice.outside, slice.contexts);
      this.counts = sumOf(this.counts, slice.counts);
      this.best = better(this.best, slice.best);
      for (const w of slice.witnesses) this.witnesses.add(w);
      this.cut ??= slice.tooLong;
    }
  }

  /** How much of the search has been run and given back, by estimate, 0 to 1. */
  get explored(): number {
    return this.trees.reduce((sum, tree) => sum + tree.explored, 0) / this.trees.length;
  }

  /** Share of the search that a piece is, by estimate. */
  weightOf({ start, shares }: Piece): number {
    return this.trees[start]!.weightOf(shares) / this.trees.length;
  }

  get verdict(): Verdict {
    const { cell, best, counts, witnesses } = this;
    const bounds = boundsOf(undefined, cell.bufferDepth);
    return { ...counts, witnesses, bounds, ...conclude(cell, this, false, bounds), counterexample: best, guarantee: null };
  }

  /** Only while no piece is given out. */
  get image(): CellImage {
    return { trees: this.trees.map((tree) => tree.image), counts: this.counts, best: this.best, witnesses: this.witnesses };
  }
}

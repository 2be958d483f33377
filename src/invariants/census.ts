// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who refers to each page: what every invariant about references and mappings compares with. The words of memory are read as they are, past every
 * function of the port, so that a mistake there cannot hide itself.
 */
import type { PhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';

/** References to one struct page, by kind. */
export interface References {
  /** Ptes that map it. */
  ptes: number;
  /** Pmds that map it whole; of a head page. */
  pmds: number;
  /** Slots of page caches and of the swap cache that hold it: of a head page, one for each of its pages. */
  cached: number;
  /** Places in the batches on their way to an LRU. */
  batched: number;
  /** Held by somebody outside: a pipe, a pin. */
  held: number;
}

export interface Census {
  readonly mem: PhysMem;
  readonly pages: Map<Ptr, References>;
  /** References to swap slots from ptes and from files, by offset. */
  readonly swap: Map<number, number>;
  /** Page tables that hang in a page directory or are deposited there. */
  readonly tables: Set<Ptr>;
  /** What is wrong with the references themselves. */
  readonly findings: string[];
}

export const createCensus = (mem: PhysMem): Census => ({ mem, pages: new Map(), swap: new Map(), tables: new Set(), findings: [] });

export function referencesTo(census: Census, page: Ptr): References {
  let r = census.pages.get(page);
  if (r === undefined) {
    r = { ptes: 0, pmds: 0, cached: 0, batched: 0, held: 0 };
    census.pages.set(page, r);
  }
  return r;
}

export function countSwap(census: Census, offset: number): void {
  census.swap.set(offset, (census.swap.get(offset) ?? 0) + 1);
}

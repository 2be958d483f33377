// SPDX-License-Identifier: GPL-2.0-only
/**
 * The paging-structure cache of one vCPU: PDEs that refer to a page table, so that a walk may start at the PTE. With PAE paging it is the only one;
 * the level above are the PDPTE registers. It is a bank of mmu/bank:
 *
 *   tag        bits 31..21 of the address, bits 9..0 generation
 *   info       rights of the PDE
 *   leads to   index of the page table's first word, modulo 2^32: a frame that was backed stays where it is
 *
 * An index has for every PDE the entry that it had last: a look-up compares one tag.
 *
 * Reference: Intel SDM Vol. 3A 4.10.3 (paging-structure caches), 4.10.3.1 (an entry is made only from a PDE whose A is set).
 */
import { replaced, write } from './bank.ts';
import { nextGeneration } from './generation.ts';
import { PAGE_2M } from './linear.ts';
import { BANK_ENTRIES, PDE_INDEX, PDE_STAMP, PDES, TAGS_END } from './state.ts';

/** The entry for the address, or -1. */
export function findPde(s: Int32Array, va: number): number {
  const i = s[PDE_INDEX + (va >>> 21)]!;
  return s[i] === ((va & PAGE_2M) | s[PDE_STAMP]!) ? i : -1;
}

/** @param table index of the page table's first word */
export function insertPde(s: Int32Array, va: number, rights: number, table: number): void {
  const i = replaced(s, PDES, va >>> 21);
  s[PDE_INDEX + (va >>> 21)] = i;
  write(s, i, (va & PAGE_2M) | s[PDE_STAMP]!, rights, table);
}

export class PdeCache {
  private readonly s: Int32Array;

  constructor(s: Int32Array) {
    this.s = s;
    s[PDE_STAMP] = 1;
  }

  find(va: number): number {
    return findPde(this.s, va);
  }

  drop(va: number): void {
    const i = this.find(va);
    if (i >= 0) this.s[i] = 0;
  }

  dropAll(): void {
    const { s } = this;
    const next = nextGeneration(s[PDE_STAMP]!);
    // The last of the banks.
    if (next === 0) s.fill(0, s[PDES + BANK_ENTRIES]!, TAGS_END);
    s[PDE_STAMP] = next === 0 ? 1 : next;
  }
}

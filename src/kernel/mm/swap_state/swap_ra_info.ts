// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many pages to read ahead. Linux v6.6: mm/swap_state.c, __swapin_nr_pages(), swapin_nr_pages(), swap_ra_info(), SWAP_RA_VAL().
 *
 * The window grows with the pages of the last one that were used, up to 2^page_cluster, and shrinks by half at most. It is kept for each VMA in one
 * word: the last address, the window, the hits; and once for those who have no VMA, shmem files.
 */
import { load, peek, rmw, store } from '../../../../cpu/ops.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { page_cluster, swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { at } from '../../struct.ts';

const WIN_SHIFT = 6;
export const SWAP_RA_HITS_MAX = 63;

export const SWAP_RA_HITS = (v: number): number => v & SWAP_RA_HITS_MAX;
export const SWAP_RA_WIN = (v: number): number => (v & 0xfff) >>> WIN_SHIFT;
export const SWAP_RA_VAL = (addr: number, win: number, hits: number): number => ((addr & ~0xfff) | (win << WIN_SHIFT) | hits) >>> 0;

/** Begins with four hits. */
export function* GET_SWAP_RA_VAL(c: Vcpu, vma: Ptr): Code<number> {
  const value = yield* load(c, at(vma, vm_area_struct.swap_readahead_info));
  return value === 0 ? 4 : value;
}

/** Without hits to judge by, a neighbour of the last place gets two pages, or else there would never be any readahead. */
export function __swapin_nr_pages(prev: number, offset: number, hits: number, prev_win: number): number {
  let pages = hits + 2;
  if (pages === 2) pages = Math.abs(offset - prev) === 1 ? 2 : 1;
  else {
    let roundup = 4;
    while (roundup < pages) roundup <<= 1;
    pages = roundup;
  }
  return Math.max(Math.min(pages, 1 << page_cluster), prev_win >>> 1);
}

/** Pages to read around a slot. */
export function* swapin_nr_pages(c: Vcpu, offset: number): Code<number> {
  const si = swap_info(c);
  const hits = yield* rmw(c, at(si, swap_info_struct.swapin_readahead_hits), XCHG, 0);
  const prev = yield* load(c, at(si, swap_info_struct.prev_offset));
  const win = yield* load(c, at(si, swap_info_struct.last_readahead_pages));
  const pages = __swapin_nr_pages(prev, offset, hits, win);
  if (hits === 0) yield* store(c, at(si, swap_info_struct.prev_offset), offset);
  yield* store(c, at(si, swap_info_struct.last_readahead_pages), pages);
  return pages;
}

/** Addresses to read around a fault: @returns the first; one past the last is in c.out. In the direction of the last fault, within the page table. */
export function* swap_ra_info(c: Vcpu, vma: Ptr, faddr: number): Code<number> {
  const ra_val = yield* GET_SWAP_RA_VAL(c, vma);
  const fpfn = faddr >>> 12;
  const pfn = ra_val >>> 12;
  const win = __swapin_nr_pages(pfn, fpfn, SWAP_RA_HITS(ra_val), SWAP_RA_WIN(ra_val));
  yield* store(c, at(vma, vm_area_struct.swap_readahead_info), SWAP_RA_VAL(faddr, win, 0));
  const left = fpfn === pfn + 1 ? 0 : pfn === fpfn + 1 ? win - 1 : (win - 1) >>> 1;
  const pmd = faddr - (faddr % PMD_SIZE);
  const first = Math.max((fpfn - left) * 4096, peek(c, at(vma, vm_area_struct.vm_start)), pmd);
  c.out = Math.min((fpfn - left + win) * 4096, peek(c, at(vma, vm_area_struct.vm_end)), pmd + PMD_SIZE);
  return first;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Resident pages of a process, by kind. Linux v6.6: include/linux/mm.h, add_mm_counter(), mm_counter(), mm_counter_file().
 */
import { tally } from '../../../../../cpu/tally.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { MM_ANONPAGES, MM_FILEPAGES, MM_SHMEMPAGES, mm_struct } from '../mm_types.ts';
import { PageAnon, PageSwapBacked } from '../page-flags.ts';
import { page_folio } from './page.ts';

export function add_mm_counter(c: Vcpu, mm: Ptr, member: number, n: number): void {
  tally(c, at(mm, mm_struct.rss_stat + member), n);
}

export function inc_mm_counter(c: Vcpu, mm: Ptr, member: number): void {
  add_mm_counter(c, mm, member, 1);
}

export function dec_mm_counter(c: Vcpu, mm: Ptr, member: number): void {
  add_mm_counter(c, mm, member, -1);
}

/** As a signed number: what one thread has added another may have taken away. */
export const get_mm_counter = (c: Vcpu, mm: Ptr, member: number): number => c.m.mem.words[at(mm, mm_struct.rss_stat + member)]!;

export function* mm_counter_file(c: Vcpu, page: Ptr): Code<number> {
  return (yield* PageSwapBacked(c, yield* page_folio(c, page))) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

export function* mm_counter(c: Vcpu, page: Ptr): Code<number> {
  return PageAnon(c, yield* page_folio(c, page)) ? MM_ANONPAGES : yield* mm_counter_file(c, page);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to a slot of the swap area. Linux v6.6: mm/swapfile.c, swap_duplicate(), swap_free(), swapcache_prepare(), put_swap_folio(), __swap_count().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* swap_duplicate(c: Vcpu, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: swap_duplicate');
}

export function* swapcache_prepare(c: Vcpu, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: swapcache_prepare');
}

export function* swap_free(c: Vcpu, entry: number): Code {
  violate(c, 'check', 'not ported yet: swap_free');
}

export function* swap_shmem_alloc(c: Vcpu, entry: number): Code {
  violate(c, 'check', 'not ported yet: swap_shmem_alloc');
}

export function* put_swap_folio(c: Vcpu, folio: Ptr, entry: number): Code {
  violate(c, 'check', 'not ported yet: put_swap_folio');
}

export function* __swap_count(c: Vcpu, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: __swap_count');
}

export function* swp_swapcount(c: Vcpu, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: swp_swapcount');
}

export function* get_swap_device(c: Vcpu, entry: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: get_swap_device');
}

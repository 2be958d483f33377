// SPDX-License-Identifier: GPL-2.0-only
/**
 * An anonymous page is mapped. Linux v6.6: mm/rmap.c, page_add_anon_rmap(), page_add_new_anon_rmap(), page_move_anon_rmap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* page_add_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr, address: number, flags: number): Code {
  violate(c, 'check', 'not ported yet: page_add_anon_rmap');
}

export function* page_add_new_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr, address: number): Code {
  violate(c, 'check', 'not ported yet: page_add_new_anon_rmap');
}

export function* page_move_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: page_move_anon_rmap');
}

export function* folio_add_new_anon_rmap(c: Vcpu, folio: Ptr, vma: Ptr, address: number): Code {
  violate(c, 'check', 'not ported yet: folio_add_new_anon_rmap');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new folio in the page cache.
 * Linux v6.6: mm/filemap.c, __filemap_add_folio(), filemap_add_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* filemap_add_folio(c: Vcpu, mapping: Ptr, folio: Ptr, index: number, gfp: number): Code<number> {
  violate(c, 'check', 'not ported yet: filemap_add_folio');
}

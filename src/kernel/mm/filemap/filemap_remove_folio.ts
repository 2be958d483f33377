// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio leaves the page cache.
 * Linux v6.6: mm/filemap.c, page_cache_delete(), __filemap_remove_folio(), filemap_remove_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* __filemap_remove_folio(c: Vcpu, folio: Ptr, shadow: number): Code {
  violate(c, 'check', 'not ported yet: __filemap_remove_folio');
}

export function* filemap_remove_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: filemap_remove_folio');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A mapping of a page goes. Linux v6.6: mm/rmap.c, page_remove_rmap(). The page table is locked.
 *
 * page->mapping of an anonymous page stays until the page is freed: another mapping may be on its way.
 */
import { rmw } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head, compound_order, folio_nr_pages } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { COMPOUND_MAPPED, FOLIO_PAGES_MAPPED } from '../../include/linux/page_ref.ts';
import { PageAnon, PageSwapBacked } from '../../include/linux/page-flags.ts';
import {
  mod_node_page_state,
  NR_ANON_MAPPED,
  NR_ANON_THPS,
  NR_FILE_MAPPED,
  NR_FILE_PMDMAPPED,
  NR_SHMEM_PMDMAPPED,
} from '../../include/linux/vmstat.ts';
import { at } from '../../struct.ts';
import { deferred_split_folio } from '../huge_memory/deferred_split_folio.ts';
import { munlock_vma_folio } from '../mlock/mlock_folio.ts';

/** One mapping less. @returns whether it was the last */
function* dec_mapcount(c: Vcpu, counter: Ptr): Code<boolean> {
  const old = (yield* rmw(c, counter, ADD, -1)) | 0;
  if (old < 0) violate(c, 'check', `BUG: Bad page map: ${c.m.nameOf(counter)} is ${old}, and a mapping goes`);
  return old === 0;
}

export function* page_remove_rmap(c: Vcpu, page: Ptr, vma: Ptr, compound: boolean): Code {
  const folio = yield* compound_head(c, page);
  const large = compound_order(c, folio) > 0;
  const mapped = at(folio, struct_page._nr_pages_mapped);
  let nr = 0;
  let nr_pmdmapped = 0;
  if (!compound) {
    const last = yield* dec_mapcount(c, at(page, struct_page._mapcount));
    nr = last ? 1 : 0;
    if (last && large) nr = (yield* rmw(c, mapped, ADD, -1)) - 1 < COMPOUND_MAPPED ? 1 : 0;
  } else if (yield* dec_mapcount(c, at(folio, struct_page._entire_mapcount))) {
    const left = (yield* rmw(c, mapped, ADD, -COMPOUND_MAPPED)) - COMPOUND_MAPPED;
    // Otherwise a new mapping of the whole came before this subtraction.
    if (left < COMPOUND_MAPPED) {
      nr_pmdmapped = folio_nr_pages(c, folio);
      nr = Math.max(0, nr_pmdmapped - (left & FOLIO_PAGES_MAPPED));
    }
  }
  const anon = PageAnon(c, folio);
  if (nr_pmdmapped > 0) {
    const item = anon ? NR_ANON_THPS : (yield* PageSwapBacked(c, folio)) ? NR_SHMEM_PMDMAPPED : NR_FILE_PMDMAPPED;
    mod_node_page_state(c, item, -nr_pmdmapped);
  }
  if (nr > 0) {
    mod_node_page_state(c, anon ? NR_ANON_MAPPED : NR_FILE_MAPPED, -nr);
    // Some pages of it are unmapped now, and some still mapped: the unused ones can be had back by a split.
    if (large && anon && (!compound || nr < nr_pmdmapped)) yield* deferred_split_folio(c, folio);
  }
  yield* munlock_vma_folio(c, folio, vma, compound);
}

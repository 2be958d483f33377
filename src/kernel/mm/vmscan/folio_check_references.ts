// SPDX-License-Identifier: GPL-2.0-only
/**
 * Is a folio used too much to be reclaimed? Linux v6.6: mm/vmscan.c, folio_check_references().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { VM_EXEC, VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { folio_is_file_lru, SetPageReferenced, TestClearPageReferenced } from '../../include/linux/page-flags.ts';
import { folio_referenced } from '../rmap/folio_referenced.ts';

export const FOLIOREF_RECLAIM = 0;
export const FOLIOREF_RECLAIM_CLEAN = 1;
export const FOLIOREF_KEEP = 2;
export const FOLIOREF_ACTIVATE = 3;

export function* folio_check_references(c: Vcpu, folio: Ptr): Code<number> {
  const referenced_ptes = yield* folio_referenced(c, folio);
  const vm_flags = c.out;
  const referenced_folio = yield* TestClearPageReferenced(c, folio);
  if ((vm_flags & VM_LOCKED) !== 0) return FOLIOREF_ACTIVATE;
  if (referenced_ptes === -1) return FOLIOREF_KEEP;
  const file = yield* folio_is_file_lru(c, folio);
  if (referenced_ptes > 0) {
    yield* SetPageReferenced(c, folio);
    if (referenced_folio || referenced_ptes > 1 || ((vm_flags & VM_EXEC) !== 0 && file)) return FOLIOREF_ACTIVATE;
    return FOLIOREF_KEEP;
  }
  return referenced_folio && file ? FOLIOREF_RECLAIM_CLEAN : FOLIOREF_RECLAIM;
}

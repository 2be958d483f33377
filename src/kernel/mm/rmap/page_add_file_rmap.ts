// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page of a file is mapped. Linux v6.6: mm/rmap.c, page_add_file_rmap(). The page table is locked.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { PageSwapBacked } from '../../include/linux/page-flags.ts';
import { mod_node_page_state, NR_FILE_MAPPED, NR_FILE_PMDMAPPED, NR_SHMEM_PMDMAPPED } from '../../include/linux/vmstat.ts';
import { mlock_vma_folio } from '../mlock/mlock_folio.ts';
import { add_pmd_mapping, add_pte_mapping } from './page_add_anon_rmap.ts';

export function* page_add_file_rmap(c: Vcpu, page: Ptr, vma: Ptr, compound: boolean): Code {
  const folio = yield* compound_head(c, page);
  let nr_pmdmapped = 0;
  if (compound) {
    yield* add_pmd_mapping(c, folio);
    nr_pmdmapped = c.outLo;
  } else yield* add_pte_mapping(c, page, folio);
  mod_node_page_state(c, NR_FILE_MAPPED, c.out);
  if (nr_pmdmapped > 0) mod_node_page_state(c, (yield* PageSwapBacked(c, folio)) ? NR_SHMEM_PMDMAPPED : NR_FILE_PMDMAPPED, nr_pmdmapped);
  yield* mlock_vma_folio(c, folio, vma, compound);
}

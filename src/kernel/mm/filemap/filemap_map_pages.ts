// SPDX-License-Identifier: GPL-2.0-only
/**
 * Fault-around: the pages that the page cache has are mapped at once.
 * Linux v6.6: mm/filemap.c, filemap_map_pages(), filemap_map_pmd(), next_uptodate_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* filemap_map_pages(c: Vcpu, vmf: vm_fault, start_pgoff: number, end_pgoff: number): Code<number> {
  violate(c, 'check', 'not ported yet: filemap_map_pages');
}

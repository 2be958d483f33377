// SPDX-License-Identifier: GPL-2.0-only
/**
 * unmap_mapping_range
 * Linux v6.6: mm/memory.c, unmap_mapping_pages(), unmap_mapping_range(), unmap_mapping_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* unmap_mapping_pages(c: Vcpu, mapping: Ptr, start: number, nr: number, even_cows: boolean): Code {
  violate(c, 'check', 'not ported yet: unmap_mapping_pages');
}

export function* unmap_mapping_range(c: Vcpu, mapping: Ptr, holebegin: number, holelen: number, even_cows: boolean): Code {
  violate(c, 'check', 'not ported yet: unmap_mapping_range');
}

export function* unmap_mapping_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: unmap_mapping_folio');
}

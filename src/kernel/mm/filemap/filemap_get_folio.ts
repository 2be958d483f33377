// SPDX-License-Identifier: GPL-2.0-only
/**
 * Finding a folio of a file.
 * Linux v6.6: mm/filemap.c, filemap_get_entry(), __filemap_get_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* filemap_get_entry(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  violate(c, 'check', 'not ported yet: filemap_get_entry');
}

export function* filemap_get_folio(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: filemap_get_folio');
}

export function* filemap_lock_folio(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: filemap_lock_folio');
}

export function* find_get_page(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: find_get_page');
}

export function* find_lock_page(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: find_lock_page');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Taking pages away from a file.
 * Linux v6.6: mm/truncate.c, truncate_inode_pages_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* truncate_inode_pages_range(c: Vcpu, mapping: Ptr, lstart: number, lend: number): Code {
  violate(c, 'check', 'not ported yet: truncate_inode_pages_range');
}

export function* truncate_inode_folio(c: Vcpu, mapping: Ptr, folio: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: truncate_inode_folio');
}

export function* truncate_setsize(c: Vcpu, inode: Ptr, newsize: number): Code {
  violate(c, 'check', 'not ported yet: truncate_setsize');
}

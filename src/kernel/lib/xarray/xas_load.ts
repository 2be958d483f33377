// SPDX-License-Identifier: GPL-2.0-only
/**
 * Looking an index up.
 * Linux v6.6: lib/xarray.c, xas_load(), xa_load().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { xa_state } from '../../include/linux/xarray.ts';

export function* xas_load(c: Vcpu, xas: xa_state): Code<number> {
  violate(c, 'check', 'not ported yet: xas_load');
}

export function* xa_load(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  violate(c, 'check', 'not ported yet: xa_load');
}

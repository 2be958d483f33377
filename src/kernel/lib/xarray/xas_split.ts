// SPDX-License-Identifier: GPL-2.0-only
/**
 * Splitting an entry of many indexes.
 * Linux v6.6: lib/xarray.c, xas_split_alloc(), xas_split().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { xa_state } from '../../include/linux/xarray.ts';

export function* xas_split_alloc(c: Vcpu, xas: xa_state, entry: number, order: number, gfp: number): Code {
  violate(c, 'check', 'not ported yet: xas_split_alloc');
}

export function* xas_split(c: Vcpu, xas: xa_state, entry: number, order: number): Code {
  violate(c, 'check', 'not ported yet: xas_split');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Storing an entry, of one index or of many.
 * Linux v6.6: lib/xarray.c, xas_store().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { xa_state } from '../../include/linux/xarray.ts';

export function* xas_store(c: Vcpu, xas: xa_state, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: xas_store');
}

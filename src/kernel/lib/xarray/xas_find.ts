// SPDX-License-Identifier: GPL-2.0-only
/**
 * Going from entry to entry.
 * Linux v6.6: lib/xarray.c, xas_find(), xas_find_conflict(), __xas_next().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { xa_state } from '../../include/linux/xarray.ts';

export function* xas_find(c: Vcpu, xas: xa_state, max: number): Code<number> {
  violate(c, 'check', 'not ported yet: xas_find');
}

export function* xas_next_entry(c: Vcpu, xas: xa_state, max: number): Code<number> {
  violate(c, 'check', 'not ported yet: xas_next_entry');
}

export function* xas_next(c: Vcpu, xas: xa_state): Code<number> {
  violate(c, 'check', 'not ported yet: xas_next');
}

export function* xas_find_conflict(c: Vcpu, xas: xa_state): Code<number> {
  violate(c, 'check', 'not ported yet: xas_find_conflict');
}

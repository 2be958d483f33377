// SPDX-License-Identifier: GPL-2.0-only
/**
 * Making room.
 * Linux v6.6: lib/xarray.c, xas_create(), xas_create_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { xa_state } from '../../include/linux/xarray.ts';

export function* xas_create_range(c: Vcpu, xas: xa_state): Code {
  violate(c, 'check', 'not ported yet: xas_create_range');
}

export function* xas_nomem(c: Vcpu, xas: xa_state, gfp: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: xas_nomem');
}

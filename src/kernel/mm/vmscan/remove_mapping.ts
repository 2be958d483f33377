// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio leaves its cache if nobody else uses it. Linux v6.6: mm/vmscan.c, remove_mapping(), __remove_mapping().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* remove_mapping(c: Vcpu, mapping: Ptr, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: remove_mapping');
}

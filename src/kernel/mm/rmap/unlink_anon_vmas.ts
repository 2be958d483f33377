// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA leaves its anon_vmas.
 * Linux v6.6: mm/rmap.c, unlink_anon_vmas(), __put_anon_vma().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* unlink_anon_vmas(c: Vcpu, vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: unlink_anon_vmas');
}

export function* put_anon_vma(c: Vcpu, anon_vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: put_anon_vma');
}

export function* get_anon_vma(c: Vcpu, anon_vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: get_anon_vma');
}

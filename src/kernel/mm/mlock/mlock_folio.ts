// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that must stay in memory.
 * Linux v6.6: mm/mlock.c, mlock_folio(), mlock_new_page(), munlock_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* mlock_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: mlock_folio');
}

export function* mlock_new_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: mlock_new_folio');
}

export function* munlock_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: munlock_folio');
}

export function* mlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  violate(c, 'check', 'not ported yet: mlock_vma_folio');
}

export function* munlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  violate(c, 'check', 'not ported yet: munlock_vma_folio');
}

export function* mlock_drain_local(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: mlock_drain_local');
}

export function* mlock_drain_remote(c: Vcpu, cpu: number): Code {
  violate(c, 'check', 'not ported yet: mlock_drain_remote');
}

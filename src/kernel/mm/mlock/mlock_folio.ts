// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that must stay in memory.
 * Linux v6.6: mm/mlock.c, mlock_folio(), mlock_new_page(), munlock_page().
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_order } from '../../include/linux/mm/page.ts';
import { VM_LOCKED, VM_SPECIAL } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';

export function* mlock_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: mlock_folio');
}

export function* mlock_new_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: mlock_new_folio');
}

export function* munlock_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: munlock_folio');
}

const is_locked = (c: Vcpu, vma: Ptr): boolean => (peek(c, at(vma, vm_area_struct.vm_flags)) & (VM_LOCKED | VM_SPECIAL)) === VM_LOCKED;

export function* mlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  if (is_locked(c, vma) && (compound || compound_order(c, folio) === 0)) yield* mlock_folio(c, folio);
}

export function* munlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  if (is_locked(c, vma) && (compound || compound_order(c, folio) === 0)) yield* munlock_folio(c, folio);
}

export function* mlock_drain_local(_c: Vcpu): Code {}

export function* mlock_drain_remote(_c: Vcpu, _cpu: number): Code {}

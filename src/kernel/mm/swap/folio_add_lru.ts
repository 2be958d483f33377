// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new folio joins the LRU lists. Linux v6.6: mm/swap.c, folio_add_lru(), folio_add_lru_vma(); mm/folio-compat.c,
 * lru_cache_add_inactive_or_unevictable().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { VM_LOCKED, VM_SPECIAL } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { at } from '../../struct.ts';
import { mlock_new_folio } from '../mlock/mlock_folio.ts';
import { folio_batch_add_and_move } from './folio_batch_move_lru.ts';
import { LRU_ADD } from './swap_setup.ts';

/** Which list is decided when the batch is drained. */
export function* folio_add_lru(c: Vcpu, folio: Ptr): Code {
  yield* folio_get(c, folio);
  yield* folio_batch_add_and_move(c, LRU_ADD, folio);
}

/** Of a locked VMA it is mlocked at once. */
export function* folio_add_lru_vma(c: Vcpu, folio: Ptr, vma: Ptr): Code {
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & (VM_LOCKED | VM_SPECIAL)) === VM_LOCKED) yield* mlock_new_folio(c, folio);
  else yield* folio_add_lru(c, folio);
}

export function* lru_cache_add_inactive_or_unevictable(c: Vcpu, page: Ptr, vma: Ptr): Code {
  yield* folio_add_lru_vma(c, yield* compound_head(c, page), vma);
}

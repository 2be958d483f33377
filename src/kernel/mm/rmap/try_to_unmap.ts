// SPDX-License-Identifier: GPL-2.0-only
/**
 * Takes a folio out of all page tables, as far as that is possible. Linux v6.6: mm/rmap.c, try_to_unmap(). The folio is locked; whether it is
 * still mapped afterwards is for the caller to ask.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { new_rmap_walk_control, TRY_TO_UNMAP_ONE, TTU_RMAP_LOCKED } from '../../include/linux/rmap.ts';
import { rmap_walk, rmap_walk_locked } from './rmap_walk.ts';

export function* try_to_unmap(c: Vcpu, folio: Ptr, flags: number): Code {
  const rwc = new_rmap_walk_control(TRY_TO_UNMAP_ONE, flags);
  if ((flags & TTU_RMAP_LOCKED) !== 0) yield* rmap_walk_locked(c, folio, rwc);
  else yield* rmap_walk(c, folio, rwc);
}

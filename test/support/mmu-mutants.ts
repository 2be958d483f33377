// SPDX-License-Identifier: GPL-2.0-only
/** Ways to break one MMU, for the tests that have to notice. */
import type { Mmu } from '../../mmu/mmu.ts';

/** Events remove less from the caches than they should. @param drops bits of mmu/invalidation that have no effect */
export function forgetsLess(mmu: Mmu, drops: number): void {
  const invalidate = mmu.invalidate.bind(mmu);
  mmu.invalidate = (what, va) => invalidate(what & ~drops, va);
}

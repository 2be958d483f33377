// SPDX-License-Identifier: GPL-2.0-only
/** MADV_COLLAPSE. Linux v6.6: mm/khugepaged.c, madvise_collapse(), madvise_collapse_errno(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** mmap_lock is held for reading, also on return. @returns 0 or a negative errno; c.out is 1 if the lock was dropped meanwhile (*prev == NULL) */
export function* madvise_collapse(c: Vcpu, _vma: Ptr, _start: number, _end: number): Code<number> {
  violate(c, 'check', 'not ported yet: madvise_collapse');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * What /proc/PID/smaps says.
 * Linux v6.6: fs/proc/task_mmu.c, smap_gather_stats().
 */
import { violate } from '../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';

export function* smap_gather_stats(c: Vcpu, vma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: smap_gather_stats');
}

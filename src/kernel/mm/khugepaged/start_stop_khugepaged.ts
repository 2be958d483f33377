// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a new setting of `enabled` does to the thread. Linux v6.6: mm/khugepaged.c, start_stop_khugepaged().
 * left out: set_recommended_min_free_kbytes(); making and ending a thread that is a task: who wants one runs khugepaged().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { has_tasks } from '../../include/linux/sched.ts';
import { hugepage_flags_enabled } from '../huge_memory/transparent_hugepage_flags.ts';
import { leave_cursor } from './khugepaged.ts';
import { no_mm_slots } from './khugepaged_scan.ts';
import { wake_up_khugepaged } from './khugepaged_wait.ts';

/** A thread that ends forgets where it was: the next one begins with the first mm. */
export function* start_stop_khugepaged(c: Vcpu): Code {
  if (hugepage_flags_enabled(c)) {
    if (!(yield* no_mm_slots(c))) yield* wake_up_khugepaged(c);
  } else if (!has_tasks(c)) yield* leave_cursor(c);
}

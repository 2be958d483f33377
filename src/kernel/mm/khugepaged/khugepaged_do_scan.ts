// SPDX-License-Identifier: GPL-2.0-only
/** One round of khugepaged, of pages_to_scan pages. Linux v6.6: mm/khugepaged.c, khugepaged_do_scan(). */
import { load } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL } from '../../../../mmu/types.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { lru_add_drain_all } from '../swap/lru_add_drain.ts';
import { type collapse_control, khugepaged_collapse_control } from './collapse_control.ts';
import { khugepaged_read, khugepaged_state, khugepaged_var } from './khugepaged_scan.ts';
import { khugepaged_scan_mm_slot } from './khugepaged_scan_mm_slot.ts';
import { khugepaged_alloc_sleep, khugepaged_has_work, kthread_should_stop } from './khugepaged_wait.ts';
import { SCAN_ALLOC_HUGE_PAGE_FAIL } from './scan_result.ts';

/** Ends when that many pages have been looked at, or every mm. */
export function* khugepaged_do_scan(c: Vcpu, cc: collapse_control = khugepaged_collapse_control): Code {
  const pages = yield* load(c, khugepaged_var(c, khugepaged_state.pages_to_scan));
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  let progress = 0;
  let pass_through_head = 0;
  let wait = true;
  yield* lru_add_drain_all(c);
  for (;;) {
    yield* cond_resched(c);
    if (yield* kthread_should_stop(c)) return;
    let failed = false;
    yield* spin_lock(c, lock);
    if (khugepaged_read(c, khugepaged_state.mm_slot) === NULL) pass_through_head++;
    if (pass_through_head < 2 && (yield* khugepaged_has_work(c))) {
      progress += yield* khugepaged_scan_mm_slot(c, pages - progress, cc);
      failed = c.out === SCAN_ALLOC_HUGE_PAGE_FAIL;
    } else progress = pages;
    yield* spin_unlock(c, lock);
    if (progress >= pages) return;
    if (!failed) continue;
    // Memory may be there a little later; if not, the round is over.
    if (!wait) return;
    wait = false;
    yield* khugepaged_alloc_sleep(c);
  }
}

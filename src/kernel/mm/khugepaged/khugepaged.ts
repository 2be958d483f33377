// SPDX-License-Identifier: GPL-2.0-only
/** The kernel thread. Linux v6.6: mm/khugepaged.c, khugepaged(). */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { khugepaged_do_scan } from './khugepaged_do_scan.ts';
import { khugepaged_read, khugepaged_state, khugepaged_var, khugepaged_write } from './khugepaged_scan.ts';
import { collect_mm_slot } from './khugepaged_scan_mm_slot.ts';
import { khugepaged_wait_work, kthread_should_stop } from './khugepaged_wait.ts';

/** Scans and sleeps until it is told to stop. */
export function* khugepaged(c: Vcpu): Code {
  while (!(yield* kthread_should_stop(c))) {
    yield* khugepaged_do_scan(c);
    yield* khugepaged_wait_work(c);
  }
  yield* leave_cursor(c);
}

/** At its end: an mm that has exited meanwhile has left its slot to khugepaged. */
export function* leave_cursor(c: Vcpu): Code {
  const lock = khugepaged_var(c, khugepaged_state.mm_lock);
  yield* spin_lock(c, lock);
  const slot = khugepaged_read(c, khugepaged_state.mm_slot) as Ptr;
  khugepaged_write(c, khugepaged_state.mm_slot, NULL);
  if (slot !== NULL) yield* collect_mm_slot(c, slot);
  yield* spin_unlock(c, lock);
}

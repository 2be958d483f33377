// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user of an address space goes; with the last one its contents go. Linux v6.6: kernel/fork.c, mmput(), __mmput().
 */
import { rmw } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { mmdrop } from '../../include/linux/sched/mm.ts';
import { mm_put_huge_zero_page } from '../../mm/huge_memory/huge_zero_page.ts';
import { khugepaged_exit } from '../../mm/khugepaged/khugepaged_enter.ts';
import { exit_mmap } from '../../mm/mmap/exit_mmap.ts';
import { at } from '../../struct.ts';
import { might_sleep } from '../sched/might_sleep.ts';

export { mmdrop, mmget, mmget_not_zero, mmgrab } from '../../include/linux/sched/mm.ts';

/** Pairs with hpage_collapse_test_exit(): from here on khugepaged leaves it alone. */
export function* mmput(c: Vcpu, mm: Ptr): Code {
  might_sleep(c);
  if ((yield* rmw(c, at(mm, mm_struct.mm_users), ADD, -1)) !== 1) return;
  yield* khugepaged_exit(c, mm); // before exit_mmap()
  yield* exit_mmap(c, mm);
  yield* mm_put_huge_zero_page(c, mm);
  yield* mmdrop(c, mm);
}

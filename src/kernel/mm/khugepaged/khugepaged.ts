// SPDX-License-Identifier: GPL-2.0-only
/** The kernel thread. Linux v6.6: mm/khugepaged.c, khugepaged(), khugepaged_wait_work(), start_stop_khugepaged(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

export function* khugepaged(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: khugepaged');
}

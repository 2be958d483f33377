// SPDX-License-Identifier: GPL-2.0-only
/** One round of khugepaged, of pages_to_scan pages. Linux v6.6: mm/khugepaged.c, khugepaged_do_scan(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { collapse_control } from './collapse_control.ts';

export function* khugepaged_do_scan(c: Vcpu, _cc: collapse_control): Code {
  violate(c, 'check', 'not ported yet: khugepaged_do_scan');
}

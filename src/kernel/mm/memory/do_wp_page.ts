// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_wp_page
 * Linux v6.6: mm/memory.c, do_wp_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* do_wp_page(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: do_wp_page');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_anonymous_page
 * Linux v6.6: mm/memory.c, do_anonymous_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* do_anonymous_page(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: do_anonymous_page');
}

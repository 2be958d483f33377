// SPDX-License-Identifier: GPL-2.0-only
/**
 * Slots of the swap area are found. Linux v6.6: mm/swapfile.c, get_swap_pages(), scan_swap_map_slots().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

export function* get_swap_pages(c: Vcpu): Code<number> {
  violate(c, 'check', 'not ported yet: get_swap_pages');
}

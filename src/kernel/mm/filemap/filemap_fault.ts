// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a fault in a file.
 * Linux v6.6: mm/filemap.c, filemap_fault().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* filemap_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: filemap_fault');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A fault that user space is to serve.
 * Linux v6.6: fs/userfaultfd.c, handle_userfault().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* handle_userfault(c: Vcpu, vmf: vm_fault, reason: number): Code<number> {
  violate(c, 'check', 'not ported yet: handle_userfault');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * UFFDIO_REGISTER.
 * Linux v6.6: fs/userfaultfd.c, userfaultfd_register().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* userfaultfd_register(c: Vcpu, mm: Ptr, ctx: Ptr, start: number, len: number, mode: number): Code<number> {
  violate(c, 'check', 'not ported yet: userfaultfd_register');
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * mlock(2), mlock2(2) and munlock(2).
 * Linux v6.6: mm/mlock.c, do_mlock(), SYSCALL_DEFINE2(munlock).
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_mlock(c: Vcpu, mm: Ptr, start: number, len: number, flags: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_mlock');
}

export function* do_munlock(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_munlock');
}

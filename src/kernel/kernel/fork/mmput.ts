// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to an address space.
 * Linux v6.6: kernel/fork.c, mmput(), mmdrop(); include/linux/sched/mm.h, mmgrab(), mmget(), mmget_not_zero().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* mmput(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: mmput');
}

export function* mmdrop(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: mmdrop');
}

export function* mmgrab(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: mmgrab');
}

export function* mmget(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: mmget');
}

export function* mmget_not_zero(c: Vcpu, mm: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: mmget_not_zero');
}

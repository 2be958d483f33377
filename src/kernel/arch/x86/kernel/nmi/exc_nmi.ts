// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an NMI does. Linux v6.6: arch/x86/kernel/nmi.c, exc_nmi(); kernel/entry/common.c, irqentry_nmi_enter(), irqentry_nmi_exit().
 *
 * A CPU in an NMI passes through no quiescent state: a grace period waits for its end, as for a read-side critical section.
 * left out: the list of handlers (each machine has one), and how an NMI that came meanwhile is made good for: the machine keeps it pending.
 */
import { sectionBegin, sectionEnd } from '../../../../../../cpu/deferred.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';

export function* exc_nmi(c: Vcpu, handler: (c: Vcpu) => Code<unknown>): Code {
  yield* sectionBegin(c);
  yield* handler(c);
  yield* sectionEnd(c);
}

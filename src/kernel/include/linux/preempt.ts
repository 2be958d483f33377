// SPDX-License-Identifier: GPL-2.0-only
/**
 * The preemption count. Linux v6.6: include/linux/preempt.h, preempt_disable(), preempt_enable(); arch/x86/include/asm/preempt.h.
 *
 * A plain per-CPU word, touched only by the program of its CPU.
 * left out: hardirq and softirq counts. A handler and a callback never switch, so they leave the word of the program that they run above
 * alone. The switch that preempt_enable() may make: preemption is voluntary.
 * left out: a grace period that waits for regions with preemption off. The port's readers rely on rcu_read_lock() or on IF = 0; a callback
 * may therefore run earlier than on Linux, never later.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { PROGRAM, type Vcpu } from '../../../../cpu/vcpu.ts';
import { percpu, this_cpu_ptr } from './percpu.ts';

export const preempt_count = (c: Vcpu): number => (c.role === PROGRAM ? peek(c, this_cpu_ptr(c, percpu.preempt_count)) : 0);

export function preempt_disable(c: Vcpu): void {
  if (c.role !== PROGRAM) return;
  poke(c, this_cpu_ptr(c, percpu.preempt_count), preempt_count(c) + 1);
}

export function preempt_enable(c: Vcpu): void {
  if (c.role !== PROGRAM) return;
  const count = preempt_count(c);
  if (count === 0) violate(c, 'locking', 'preempt_enable() without preempt_disable()');
  poke(c, this_cpu_ptr(c, percpu.preempt_count), count - 1);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an interrupt does. Linux v6.6: arch/x86/kernel/smp.c, sysvec_call_function(), sysvec_call_function_single(),
 * sysvec_reschedule_ipi(); arch/x86/kernel/irq.c for the counters of them.
 *
 * left out: EOI and irq_enter(): the machine runs one handler at a time and keeps RCU sections apart by context.
 */
import { violate } from '../../../../../../cpu/report.ts';
import { tally } from '../../../../../../cpu/tally.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { percpu, this_cpu_ptr } from '../../../../include/linux/percpu.ts';
import { __flush_smp_call_function_queue } from '../../../../kernel/smp/flush_smp_call_function_queue.ts';
import { CALL_FUNCTION_SINGLE_VECTOR, CALL_FUNCTION_VECTOR, FIRST_VECTOR, RESCHEDULE_VECTOR } from '../smp/vectors.ts';

/** The handler of every CPU: `machine.handler = handle_interrupt`. @param bit the machine's number of the vector */
export function* handle_interrupt(c: Vcpu, bit: number): Code {
  switch (FIRST_VECTOR + bit) {
    case CALL_FUNCTION_SINGLE_VECTOR:
    case CALL_FUNCTION_VECTOR:
      tally(c, this_cpu_ptr(c, percpu.irq_call_count), 1);
      return yield* __flush_smp_call_function_queue(c);
    case RESCHEDULE_VECTOR:
      tally(c, this_cpu_ptr(c, percpu.irq_resched_count), 1);
      return; // to have returned is all: a halted CPU goes on, and looks at need_resched
    default:
      violate(c, 'check', `interrupt on CPU${c.id} through vector 0x${(FIRST_VECTOR + bit).toString(16)}, which nobody uses`);
  }
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sending the interrupts of SMP. Linux v6.6: arch/x86/kernel/apic/ipi.c, native_send_call_func_single_ipi(), native_send_call_func_ipi(),
 * native_smp_send_reschedule(); arch/x86/include/asm/smp.h, arch_send_call_function_single_ipi() and its kin.
 *
 * A 32-bit kernel uses the xAPIC: its ICR is memory, so the write of it comes behind every earlier store. Pairs with interrupt entry on
 * the target, whose handler sees what the sender stored.
 * left out: one ICR write that reaches several CPUs (logical destinations, shorthands): each target gets a write of its own.
 */
import { sendIpi } from '../../../../../../cpu/interrupts.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { type Cpumask, cpumask_test_cpu } from '../../../../include/linux/cpumask.ts';
import { CALL_FUNCTION_SINGLE_VECTOR, CALL_FUNCTION_VECTOR, FIRST_VECTOR } from './vectors.ts';

export function* arch_send_call_function_single_ipi(c: Vcpu, cpu: number): Code {
  yield* sendIpi(c, cpu, CALL_FUNCTION_SINGLE_VECTOR - FIRST_VECTOR);
}

export function* arch_send_call_function_ipi_mask(c: Vcpu, mask: Cpumask): Code {
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (cpumask_test_cpu(cpu, mask)) yield* sendIpi(c, cpu, CALL_FUNCTION_VECTOR - FIRST_VECTOR);
  }
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupt vectors. Linux v6.6: arch/x86/include/asm/irq_vectors.h.
 *
 * The machine counts vectors from 0 to 31, one pending bit each; they are the top 32 of the processor's 256. A higher one goes first.
 * left out: LOCAL_TIMER_VECTOR, REBOOT_VECTOR and the rest, which nothing here raises.
 */
export const FIRST_VECTOR = 0xe0;

export const CALL_FUNCTION_SINGLE_VECTOR = 0xfb;
export const CALL_FUNCTION_VECTOR = 0xfc;
export const RESCHEDULE_VECTOR = 0xfd;

/** As /proc/interrupts calls them: arch/x86/kernel/irq.c, arch_show_interrupts(). @param vector as the machine counts them */
export function vector_name(vector: number): string {
  switch (FIRST_VECTOR + vector) {
    case CALL_FUNCTION_SINGLE_VECTOR:
    case CALL_FUNCTION_VECTOR:
      return 'Function call interrupt';
    case RESCHEDULE_VECTOR:
      return 'Rescheduling interrupt';
    default:
      return `vector ${FIRST_VECTOR + vector}`;
  }
}

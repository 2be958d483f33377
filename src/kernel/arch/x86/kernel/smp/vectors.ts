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

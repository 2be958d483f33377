// SPDX-License-Identifier: GPL-2.0-only
/**
 * The timer tick. Linux v6.6: kernel/sched/core.c, scheduler_tick().
 *
 * left out: all that it does, since tasks switch where they sleep; it is a moment at which every CPU that is not idle passes, with interrupts off.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

export function* scheduler_tick(_c: Vcpu): Code {}

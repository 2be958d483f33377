// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where a task gives way to whoever wants its vCPU. Nobody does where one flow of control runs at a time; a thread does what other vCPUs have asked its own
 * for (cpu/parallel/give-way).
 *
 * Reference: Linux v6.6 kernel/sched/core.c, __cond_resched(), for the places.
 */
import type { Code, Vcpu } from './vcpu.ts';

export function* giveWay(_c: Vcpu): Code {}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * cpu/give-way in the build of the parallel engine.
 *
 * Reference: Linux v6.6 kernel/sched/core.c, __cond_resched(), for the places.
 */
import type { Code, Vcpu } from '../vcpu.ts';
import { self } from './self.ts';

export function* giveWay(c: Vcpu): Code {
  self.giveWay(c);
}

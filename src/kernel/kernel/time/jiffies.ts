// SPDX-License-Identifier: GPL-2.0-only
/**
 * The clock that sleeps are counted on. Linux v6.6: kernel/time/jiffies.c, kernel/time/time.c (msecs_to_jiffies()), kernel/time/timer.c
 * (schedule_timeout()); include/linux/jiffies.h (INITIAL_JIFFIES, time_after_eq()). HZ=250.
 *
 * Nothing takes time in the port but sleeping: a task that sleeps for a time moves the clock on by it, and goes on after the others have had their
 * turn. So a timeout may come at any instant.
 */
import { load, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { __set_current_state, has_tasks, TASK_RUNNING } from '../../include/linux/sched.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, struct } from '../../struct.ts';
import { schedule } from '../sched/schedule.ts';

export const HZ = 250;
/** Five minutes before the 32-bit number wraps. */
export const INITIAL_JIFFIES = (-300 * HZ) >>> 0;
const MAX_JIFFY_OFFSET = (0x7fffffff >> 1) - 1;

export const time = struct('time', { jiffies: atomic });

export function init_jiffies(k: Kernel): void {
  k.globals.time = newObject(k, time, 'time');
  writeWord(k.m.mem, at(k.globals.time, time.jiffies), INITIAL_JIFFIES);
}

export function* jiffies(c: Vcpu): Code<number> {
  return yield* load(c, at(kernelOf(c).globals.time, time.jiffies));
}

/** Rounded up; what does not fit in an int is for ever. */
export const msecs_to_jiffies = (m: number): number => (m > 0x7fffffff ? MAX_JIFFY_OFFSET : Math.ceil(m / (1000 / HZ)));

/** Across the wrap of the 32-bit number. */
export const time_after_eq = (a: number, b: number): boolean => ((a - b) | 0) >= 0;

export function* schedule_timeout(c: Vcpu, timeout: number): Code {
  yield* update(c, at(kernelOf(c).globals.time, time.jiffies), ADD, timeout);
  if (!has_tasks(c)) return;
  yield* __set_current_state(c, TASK_RUNNING);
  yield* schedule(c);
}

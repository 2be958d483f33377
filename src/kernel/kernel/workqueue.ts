// SPDX-License-Identifier: GPL-2.0-only
/**
 * Work that a CPU asks others for: only lru_add_drain_all() does, so a word of each CPU says whether there is any. It runs where a kworker could have run:
 * where a task of that CPU waits for what it may sleep for, gives way, or leaves the kernel. Linux v6.6: kernel/workqueue.c, queue_work_on(), flush_work();
 * mm/swap.c, lru_add_drain_per_cpu().
 */
import { rmw, store, waitLoad } from '../../../cpu/ops.ts';
import { XCHG } from '../../../cpu/rmw.ts';
import { type Code, PROGRAM, type Vcpu } from '../../../cpu/vcpu.ts';
import { irqs_disabled } from '../include/linux/irqflags.ts';
import { per_cpu_ptr, percpu } from '../include/linux/percpu.ts';
import { preempt_count } from '../include/linux/preempt.ts';
import { lru_add_drain } from '../mm/swap/lru_add_drain.ts';

const NONE = 0;
const QUEUED = 1;
const UNDER_WAY = 2;

export function* queue_work_on(c: Vcpu, cpu: number): Code {
  yield* rmw(c, per_cpu_ptr(c, percpu.work, cpu), XCHG, QUEUED);
}

/** Pairs with run_work(). */
export function* flush_work(c: Vcpu, cpu: number): Code {
  yield* waitLoad(c, per_cpu_ptr(c, percpu.work, cpu), -1, NONE);
}

/** Could a kworker run here? */
const may_switch = (c: Vcpu): boolean => c.role === PROGRAM && preempt_count(c) === 0 && !irqs_disabled(c) && c.sections === 0;

/** What others have asked for. Who asks while it is under way has its pages drained with it: only this CPU adds to its batches. */
export function* run_work(c: Vcpu): Code {
  const work = per_cpu_ptr(c, percpu.work, c.id);
  if (c.m.mem.words[work] !== QUEUED || !may_switch(c)) return;
  yield* store(c, work, UNDER_WAY);
  yield* lru_add_drain(c);
  yield* store(c, work, NONE);
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The run queue of a CPU: a list of the tasks that could run, without the one that does. Linux v6.6: kernel/sched/core.c, rq_lock(),
 * enqueue_task(), dequeue_task(); kernel/sched/rt.c for first in, first out.
 *
 * All of it under rq_lock of that CPU, with interrupts off. left out: classes, priorities, load balancing.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { per_cpu_ptr, percpu } from '../../include/linux/percpu.ts';
import { task_struct } from '../../include/linux/sched.ts';
import { at } from '../../struct.ts';

export const rq_lockp = (c: Vcpu, cpu: number): Ptr => per_cpu_ptr(c, percpu.rq_lock, cpu);

/** To the end of the list. */
export function enqueue_task(c: Vcpu, cpu: number, p: Ptr): void {
  let link = per_cpu_ptr(c, percpu.rq_head, cpu);
  for (let next = peek(c, link); next !== 0; next = peek(c, link)) link = at(next as Ptr, task_struct.run_next);
  poke(c, at(p, task_struct.run_next), 0);
  poke(c, at(p, task_struct.on_rq), 1);
  poke(c, link, p);
}

/** The task that has waited longest leaves the list; if there is none, the idle task. */
export function pick_next_task(c: Vcpu): Ptr {
  const head = per_cpu_ptr(c, percpu.rq_head, c.id);
  const next = peek(c, head) as Ptr;
  if (next === 0) return peek(c, per_cpu_ptr(c, percpu.idle, c.id)) as Ptr;
  poke(c, head, peek(c, at(next, task_struct.run_next)));
  return next;
}

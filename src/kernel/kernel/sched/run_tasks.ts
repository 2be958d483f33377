// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tasks for a CPU, put in place during set-up: as if each had been forked and the first of them been switched to.
 * Linux v6.6: kernel/fork.c, copy_process(); kernel/sched/core.c, wake_up_new_task(), init_idle().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { percpu } from '../../include/linux/percpu.ts';
import { task_struct } from '../../include/linux/sched.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { do_exit } from './do_exit.ts';
import { do_idle } from './idle.ts';
import { schedule_tail } from './schedule.ts';

export interface TaskSpec {
  comm: string;
  /** NULL for a kernel thread. */
  mm: Ptr;
  run: (c: Vcpu) => Code;
}

/**
 * Set-up only, before the image is taken, and for every CPU if for any: a CPU without work gets an empty list. The first task runs, the
 * others are runnable in this order. What the CPU has loaded is boot_cpu_on()'s business.
 * @returns the task_structs, the idle task's last
 */
export function runTasks(k: Kernel, cpu: number, tasks: readonly TaskSpec[]): Ptr[] {
  const idle: TaskSpec = { comm: `swapper/${cpu}`, mm: 0 as Ptr, run: do_idle };
  const all = [...tasks, idle];
  const structs: Ptr[] = [];
  for (const spec of all) structs.push(newTask(k, cpu, structs.length, spec, spec === idle));
  const area = k.percpu[cpu]!;
  const { mem } = k.m;
  writeWord(mem, at(area, percpu.curr), structs[0]!);
  writeWord(mem, at(area, percpu.idle), structs.at(-1)!);
  writeWord(mem, at(area, percpu.nr_tasks), tasks.length);
  if (tasks.length > 1) writeWord(mem, at(area, percpu.rq_head), structs[1]!);
  for (let i = 1; i + 1 < tasks.length; i++) writeWord(mem, at(structs[i]!, task_struct.run_next), structs[i + 1]!);
  k.comms[cpu] = all.map((t) => t.comm);
  k.tasks[cpu] = all.map((t) => t.run);
  k.m.programs[cpu] = all.map(() => ret_from_fork);
  return structs;
}

function newTask(k: Kernel, cpu: number, thread: number, spec: TaskSpec, idle: boolean): Ptr {
  const p = newObject(k, task_struct, spec.comm);
  const { mem } = k.m;
  writeWord(mem, at(p, task_struct.pid), idle ? 0 : 100 * (cpu + 1) + thread);
  writeWord(mem, at(p, task_struct.mm), spec.mm);
  writeWord(mem, at(p, task_struct.active_mm), spec.mm !== 0 ? spec.mm : thread === 0 ? k.init_mm : 0);
  writeWord(mem, at(p, task_struct.cpu), cpu);
  writeWord(mem, at(p, task_struct.on_rq), idle ? 0 : 1);
  writeWord(mem, at(p, task_struct.thread), thread);
  return p;
}

/** The whole life of a task: all but the first of a CPU are switched to. */
function* ret_from_fork(c: Vcpu): Code {
  const thread = c.task;
  if (thread > 0) yield* schedule_tail(c);
  const tasks = kernelOf(c).tasks[c.id]!;
  const body = tasks[thread]!;
  yield* body(c);
  if (thread + 1 < tasks.length) yield* do_exit(c);
}

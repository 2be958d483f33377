// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who waits for whom when nothing can go on any more. Linux v6.6: kernel/hung_task.c, check_hung_task(); kernel/locking/lockdep.c,
 * debug_show_all_locks().
 */
import { ACQUIRE, AWAIT, END } from '../../../cpu/kinds.ts';
import type { Part } from '../../../cpu/trace.ts';
import { isHandler, PROGRAM, type Vcpu } from '../../../cpu/vcpu.ts';
import type { Kernel } from '../kernel.ts';
import { contextOfHolder, taskOfHolder } from './locking/lockdep/lockdep.ts';
import { held_locks, task_name } from './locking/lockdep/print.ts';

/** Of a traced execution in which every context has ended or waits for ever. */
export function check_hung_task(k: Kernel): Part[] {
  const parts: Part[] = [];
  for (const c of k.m.contexts) {
    if (c.role === PROGRAM && k.tasks.length > 0) for (let task = 0; task < c.tasks.length; task++) blocked(k, c, task, parts);
    else blocked(k, c, c.task, parts);
  }
  let title = 'Showing all locks held in the system:';
  for (const [holder, list] of k.lockdep.held) {
    if (list.length === 0) continue;
    if (title !== '') parts.push(title);
    title = '';
    for (const part of held_locks(k, task_name(k, contextOfHolder(holder), taskOfHolder(holder)), list)) parts.push(part);
  }
  return parts;
}

function blocked(k: Kernel, c: Vcpu, task: number, parts: Part[]): void {
  const runs = task === c.task;
  if (runs && (c.idle || (c.kind !== AWAIT && c.kind !== ACQUIRE) || (isHandler(c) && c.tasks.length === 0))) return;
  const site = runs ? c.site : k.m.trace!.lastSite(c.ctx, task);
  if (c.kind === END || (!runs && (site === 0 || k.m.trace!.sites[site]!.calls.includes('do_exit')))) return;
  const what = !runs ? 'asleep' : c.halted ? 'in HLT' : `waiting for ${k.m.nameOf(c.at)}`;
  parts.push(`INFO: task ${task_name(k, c.ctx, task)} blocked for ever, ${what}:`, { chain: site });
  if (runs && !c.halted) heldBy(k, c, parts);
  parts.push('');
}

function heldBy(k: Kernel, c: Vcpu, parts: Part[]): void {
  for (const [holder, list] of k.lockdep.held) {
    for (const lock of list) {
      if (lock.lock !== c.at) continue;
      parts.push(`which is held by ${task_name(k, contextOfHolder(holder), taskOfHolder(holder))}, taken at:`, { chain: lock.site });
    }
  }
}

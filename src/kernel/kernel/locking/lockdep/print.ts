// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the lock validator says beyond one sentence. Linux v6.6: kernel/locking/lockdep.c, print_circular_bug(), print_deadlock_bug(),
 * print_usage_bug(), lockdep_print_held_locks().
 *
 * Written only while an execution is traced, and for its first finding. The headlines are the kernel's, so that who knows them finds them.
 */
import type { Part } from '../../../../../cpu/trace.ts';
import { PROGRAM, type Vcpu } from '../../../../../cpu/vcpu.ts';
import { type Kernel, kernelOf } from '../../../kernel.ts';
import type { Dependency, HeldLock } from './graph.ts';

/** Is anybody listening? */
const wanted = (c: Vcpu): boolean => c.m.trace !== null && c.m.violation === null;

function say(c: Vcpu, ...parts: Part[]): void {
  for (const part of parts) c.m.trace!.account.push(part);
}

/** "khugepaged (CPU0)", or what the machine calls the context. */
export function task_name(k: Kernel, ctx: number, task: number): string {
  const c = k.m.contexts[ctx]!;
  const comm = c.role === PROGRAM ? k.comms[c.id]?.[task] : undefined;
  return comm === undefined ? k.m.contextName(c) : `${comm} (CPU${c.id})`;
}

const lock_name = (k: Kernel, lock: HeldLock): Part => ({ text: ` ${k.m.nameOf(lock.lock)} (${lock.class}), at:`, site: lock.site });

const me = (c: Vcpu): string => task_name(kernelOf(c), c.ctx, c.task);

/** Linux v6.6: lockdep_print_held_locks(). */
export function held_locks(k: Kernel, who: string, list: readonly HeldLock[]): Part[] {
  if (list.length === 0) return [`no locks held by ${who}.`];
  const parts: Part[] = [`${list.length} lock${list.length === 1 ? '' : 's'} held by ${who}:`];
  for (const [i, lock] of list.entries()) parts.push({ text: ` #${i}: ${k.m.nameOf(lock.lock)} (${lock.class}), at:`, site: lock.site });
  return parts;
}

const HEAD = ['but task is already holding lock:'];

/** `path` leads from the class of the lock that is taken to the class of one that is held. */
export function print_circular_bug(c: Vcpu, d: Dependency, path: readonly Dependency[], held: readonly HeldLock[]): void {
  if (!wanted(c)) return;
  const k = kernelOf(c);
  const title = 'WARNING: possible circular locking dependency detected';
  say(c, title, '-'.repeat(title.length), `${me(c)} is trying to acquire lock:`, lock_name(k, d.taken), '', ...HEAD, lock_name(k, d.held));
  say(c, '', 'which lock already depends on the new lock.', '', 'the existing dependency chain (in reverse order) is:');
  for (let i = path.length; i > 0; i--) {
    const other = path[i - 1]!;
    const who = task_name(k, other.ctx, other.task);
    say(c, '', `-> #${i} (${other.taken.class}), taken by ${who}:`, { chain: other.taken.site });
    say(c, `   while it held (${other.held.class}):`, { chain: other.held.site });
  }
  say(c, '', `-> #0 (${d.taken.class}), taken by ${me(c)}:`, { chain: d.taken.site });
  say(c, `   while it held (${d.held.class}):`, { chain: d.held.site });
  const [a, b] = [d.taken.class, d.held.class];
  say(c, '', ' Possible unsafe locking scenario:', '', '       CPU0                    CPU1', '       ----                    ----');
  say(
    c,
    `  lock(${b});`,
    `                               lock(${a});`,
    `                               lock(${path.at(-1)!.taken.class});`,
  );
  say(c, `  lock(${a});`, '', ' *** DEADLOCK ***', '', ...held_locks(k, me(c), held));
}

export function print_deadlock_bug(c: Vcpu, d: Dependency, held: readonly HeldLock[]): void {
  if (!wanted(c)) return;
  const k = kernelOf(c);
  const title = 'WARNING: possible recursive locking detected';
  say(c, title, '-'.repeat(title.length), `${me(c)} is trying to acquire lock:`, lock_name(k, d.taken), '', ...HEAD, lock_name(k, d.held));
  say(
    c,
    '',
    ' Possible unsafe locking scenario:',
    '',
    '       CPU0',
    '       ----',
    `  lock(${d.held.class});`,
    `  lock(${d.taken.class});`,
  );
  say(c, '', ' *** DEADLOCK ***', '', ' May be due to missing lock nesting notation', '');
  say(c, 'taken at:', { chain: d.taken.site }, 'while held since:', { chain: d.held.site }, '', ...held_locks(k, me(c), held));
}

/** A handler is about to wait for a lock; `on` is who took one of its class where interrupts were on, if somebody did. */
export function print_usage_bug(c: Vcpu, taken: HeldLock, on: { who: string; site: number } | undefined, held: readonly HeldLock[]): void {
  if (!wanted(c)) return;
  const k = kernelOf(c);
  const title = 'WARNING: inconsistent lock state';
  say(c, title, '-'.repeat(title.length), 'inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.', `${me(c)} takes:`, lock_name(k, taken));
  if (on === undefined) say(c, '{HARDIRQ-ON-W} state is not seen in this execution: no handler of the port waits for a lock');
  else say(c, `{HARDIRQ-ON-W} state was registered by ${on.who} at:`, { chain: on.site });
  say(c, '', ' Possible unsafe locking scenario:', '', '       CPU0', '       ----', `  lock(${taken.class});`, '  <Interrupt>');
  say(c, `    lock(${taken.class});`, '', ' *** DEADLOCK ***', '', ...held_locks(k, me(c), held));
  say(c, '', 'stack backtrace:', { chain: taken.site });
}

/** Behind a headline of one line: who holds what, and where that was found out. */
export function print_held_locks(c: Vcpu, headline: string, held: readonly HeldLock[]): void {
  if (!wanted(c)) return;
  say(c, headline, ...held_locks(kernelOf(c), me(c), held), '', 'stack backtrace:', { chain: c.m.trace!.siteOf(c) });
}

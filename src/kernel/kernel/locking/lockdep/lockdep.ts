// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock validator. Linux v6.6: kernel/locking/lockdep.c, lock_acquire(), lock_release(), check_noncircular(), check_deadlock(),
 * print_circular_bug(), print_usage_bug(), debug_check_no_locks_held().
 *
 * Which locks are held, by which task, and in which order classes were taken, in one execution: a report is reproduced by replaying that
 * execution alone. An order is noted once the second lock is held, so that a real deadlock is reported as the deadlock that it is. An
 * inversion stops nobody, as on Linux: whichever of its two sides comes last finds it, and both go on.
 * left out: usage bits. Handlers of the port never wait for a lock, so one that does is the whole of the "inconsistent lock state".
 */
import { note, violate } from '../../../../../cpu/report.ts';
import { isHandler, PROGRAM, type Vcpu } from '../../../../../cpu/vcpu.ts';
import { kindOfSlot, PMD_TABLE } from '../../../../../mmu/frames.ts';
import { slotOfPageWord } from '../../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../../mmu/types.ts';
import { type Kernel, kernelOf, slabObject } from '../../../kernel.ts';
import { fieldName } from '../../../struct.ts';
import { type Dependencies, type Dependency, type HeldLock, pathBetween } from './graph.ts';
import { print_circular_bug, print_deadlock_bug, print_held_locks, print_usage_bug, task_name } from './print.ts';

/** Of one machine; empty at the start of every execution. */
export interface Lockdep {
  /** By task where a vCPU runs several, else by context. */
  readonly held: Map<number, HeldLock[]>;
  readonly dependencies: Dependencies;
  /** While traced: who first took a lock of each class with interrupts on, and where. */
  readonly withIrqsOn: Map<string, { who: string; site: number }>;
  /** Classes that were given by name, or worked out already. */
  readonly names: Map<Ptr, string>;
  /** Classes that have been met, by number, and the other way round. */
  readonly classes: string[];
  readonly numbers: Map<string, number>;
  readonly numberOf: Map<Ptr, number>;
  /** Orders that have been checked, [held * MAX_CLASSES + taken]: most locks are taken in an order that is known. */
  readonly known: Uint8Array;
  /** Of locks that are not held any more, for the next ones. */
  readonly spare: HeldLock[];
  /** Who was asked for last in `held`, and its locks. */
  holder: number;
  locks: HeldLock[];
}

/** Beyond so many, an order is looked up by name. */
const MAX_CLASSES = 64;
const PAGE_LOCKS = ['ptl', 'pml'] as const;
const PTL = 0;
const PML = 1;

export const createLockdep = (): Lockdep => ({
  held: new Map(),
  dependencies: new Map(),
  withIrqsOn: new Map(),
  names: new Map(),
  classes: [...PAGE_LOCKS],
  numbers: new Map([
    [PAGE_LOCKS[PTL], PTL],
    [PAGE_LOCKS[PML], PML],
  ]),
  numberOf: new Map(),
  known: new Uint8Array(MAX_CLASSES * MAX_CLASSES),
  spare: [],
  holder: -1,
  locks: [],
});

export function lockdep_reset(l: Lockdep): void {
  l.held.clear();
  l.dependencies.clear();
  l.withIrqsOn.clear();
  l.known.fill(0);
  l.holder = -1;
}

/** Set-up only. Linux v6.6: lockdep_set_class_and_name(). */
export function lockdep_set_class(k: Kernel, lock: Ptr, name: string): void {
  k.lockdep.names.set(lock, name);
}

/** A lock's class: the name that it was given, or the place that it has in the struct which it lies in. */
export function lock_class(k: Kernel, lock: Ptr): string {
  const slot = slotOfPageWord(k.m.mem, lock);
  if (slot >= 0) return PAGE_LOCKS[kindOfSlot(k.m.mem, slot) === PMD_TABLE ? PML : PTL];
  const name = k.lockdep.names.get(lock);
  if (name !== undefined) return name;
  const made = classByPlace(k, lock);
  k.lockdep.names.set(lock, made);
  return made;
}

function classByPlace(k: Kernel, lock: Ptr): string {
  for (const o of k.objects)
    if (lock >= o.at && lock < o.at + o.layout.$words) return `${o.layout.$name}.${fieldName(o.layout, lock - o.at)}`;
  const slab = slabObject(k, lock);
  return slab === null ? k.m.nameOf(lock) : `${slab.layout.$name}.${fieldName(slab.layout, lock - slab.at)}`;
}

function class_number(l: Lockdep, name: string): number {
  const number = l.numbers.get(name) ?? l.classes.length;
  if (number === l.classes.length) {
    l.classes.push(name);
    l.numbers.set(name, number);
  }
  return number;
}

/** Number of a lock's class. That of a page-table lock is its frame's, which may be another one later. */
function class_of(k: Kernel, lock: Ptr): number {
  const l = k.lockdep;
  const slot = slotOfPageWord(k.m.mem, lock);
  if (slot >= 0) return kindOfSlot(k.m.mem, slot) === PMD_TABLE ? PML : PTL;
  let number = l.numberOf.get(lock);
  if (number === undefined) l.numberOf.set(lock, (number = class_number(l, lock_class(k, lock))));
  return number;
}

const MAX_TASKS = 64;
/** Of a key of `Lockdep.held`. */
export const contextOfHolder = (key: number): number => Math.floor(key / MAX_TASKS);
export const taskOfHolder = (key: number): number => key % MAX_TASKS;

export function heldBy(c: Vcpu): HeldLock[] {
  const l = kernelOf(c).lockdep;
  const key = c.ctx * MAX_TASKS + (c.role === PROGRAM ? c.task : 0);
  if (key === l.holder) return l.locks;
  let list = l.held.get(key);
  if (list === undefined) l.held.set(key, (list = []));
  l.holder = key;
  l.locks = list;
  return list;
}

/** Before a lock that may have to be waited for: not in a handler, which would wait for whom it interrupted. */
export function might_wait(c: Vcpu, lock: Ptr): void {
  if (!isHandler(c)) return;
  const name = lock_class(kernelOf(c), lock);
  print_usage_bug(
    c,
    { lock, class: name, number: 0, site: c.m.trace?.siteOf(c) ?? 0 },
    kernelOf(c).lockdep.withIrqsOn.get(name),
    heldBy(c),
  );
  violate(c, 'locking', `inconsistent lock state: ${c.m.contextName(c)} may wait for ${c.m.nameOf(lock)}`);
}

/** The lock is held now. */
export function lock_acquired(c: Vcpu, lock: Ptr, subclass: number, trylock: boolean): void {
  const k = kernelOf(c);
  if (k.config.proveLocking === false) return;
  const l = k.lockdep;
  const list = heldBy(c);
  const taken = l.spare.pop() ?? { lock: NULL, class: '', number: 0, site: 0 };
  taken.lock = lock;
  taken.number = subclass === 0 ? class_of(k, lock) : class_number(l, `${lock_class(k, lock)}/${subclass}`);
  taken.class = l.classes[taken.number]!;
  taken.site = c.site;
  if (!trylock) for (let i = 0; i < list.length; i++) note_order(c, k, list[i]!, taken);
  list.push(taken);
  if (c.m.trace !== null && c.role === PROGRAM && c.irqsOn && !l.withIrqsOn.has(taken.class))
    l.withIrqsOn.set(taken.class, { who: task_name(k, c.ctx, c.task), site: c.site });
}

/** What lockdep's own complaints look like: a headline, who holds what, and where. */
export function complain(c: Vcpu, headline: string): never {
  print_held_locks(c, headline, heldBy(c));
  violate(c, 'locking', headline);
}

/** @throws KILLED if the context does not hold it */
export function lock_release(c: Vcpu, lock: Ptr): void {
  if (kernelOf(c).config.proveLocking === false) return;
  const list = heldBy(c);
  for (let i = list.length - 1; i >= 0; i--) {
    if (list[i]!.lock !== lock) continue;
    kernelOf(c).lockdep.spare.push(list[i]!);
    for (let j = i + 1; j < list.length; j++) list[j - 1] = list[j]!;
    list.pop();
    return;
  }
  complain(c, `WARNING: bad unlock balance detected: ${c.m.contextName(c)} releases ${c.m.nameOf(lock)}, which it does not hold`);
}

/** Linux v6.6: lockdep_assert_held(). */
export function lockdep_assert_held(c: Vcpu, lock: Ptr): void {
  if (kernelOf(c).config.proveLocking === false) return;
  for (const h of heldBy(c)) if (h.lock === lock) return;
  complain(c, `WARNING: ${c.m.contextName(c)} should hold ${c.m.nameOf(lock)}`);
}

/** A task or program ends. */
export function debug_check_no_locks_held(c: Vcpu): void {
  const list = heldBy(c);
  if (list.length > 0) complain(c, `BUG: ${c.m.contextName(c)} still has locks held: ${c.m.nameOf(list[0]!.lock)}`);
}

/** `verb` is takes or took. */
const nested = (k: Kernel, verb: string, d: Dependency): string =>
  `${k.m.contextName(k.m.contexts[d.ctx]!)} ${verb} ${k.m.nameOf(d.taken.lock)} (${d.taken.class}) while it ${verb === 'takes' ? 'holds' : 'held'} ${k.m.nameOf(d.held.lock)} (${d.held.class})`;

function note_order(c: Vcpu, k: Kernel, held: HeldLock, taken: HeldLock): void {
  const { known } = k.lockdep;
  const few = held.number < MAX_CLASSES && taken.number < MAX_CLASSES && held.number !== taken.number;
  if (few && known[held.number * MAX_CLASSES + taken.number] === 1) return;
  if (few) known[held.number * MAX_CLASSES + taken.number] = 1;
  add_dependency(c, k, { ...held }, { ...taken });
}

/** A finding here stops nobody: which context makes it depends on an order that is not explored. */
function add_dependency(c: Vcpu, k: Kernel, held: HeldLock, taken: HeldLock): void {
  const { dependencies } = k.lockdep;
  const d: Dependency = { ctx: c.ctx, task: c.task, taken, held };
  if (held.class === taken.class) {
    print_deadlock_bug(c, d, heldBy(c));
    note(c, 'locking', `possible recursive locking detected: ${nested(k, 'takes', d)}`);
    return;
  }
  let from = dependencies.get(held.class);
  if (from?.has(taken.class) === true) return; // checked when it was new
  const path = dependencies.has(taken.class) ? pathBetween(dependencies, taken.class, held.class) : null;
  if (path !== null) {
    print_circular_bug(c, d, path, heldBy(c));
    const others: string[] = [];
    for (const other of path) others.push(nested(k, 'took', other));
    note(c, 'locking', `possible circular locking dependency detected: ${nested(k, 'takes', d)}, but ${others.join(', and ')}`);
  }
  if (from === undefined) dependencies.set(held.class, (from = new Map()));
  from.set(taken.class, d);
}

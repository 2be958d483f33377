// SPDX-License-Identifier: GPL-2.0-only
/**
 * The timed engine: every vCPU has a clock, and the one that is behind runs next, so that nobody sees anything from its future. Each operation moves the
 * clock of its vCPU on by what it costs; a vCPU goes on without a look at the others until one of them is due. Deterministic for a seed.
 *
 * Every store drains at once: one legal execution. RCU callbacks take no time, and run where nothing else can.
 * Reference: Chandy and Misra, "Distributed Simulation" (1979), for conservative order; Intel SDM Vol. 3A 6.8.1, 11.6 (interrupts); docs/shootdown.md.
 */
import { wouldBlock } from '../../../cpu/deadlock.ts';
import { runAtOnce, serve } from '../../../cpu/direct.ts';
import { armEntry, armReturn } from '../../../cpu/interrupts.ts';
import { ACQUIRE, BLOCK, RMW, SWITCH } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { TRANSLATED } from '../../../cpu/meter.ts';
import { isReady } from '../../../cpu/next.ts';
import { CALLBACK, type Code, PROGRAM, type Vcpu } from '../../../cpu/vcpu.ts';
import { Defect, KILLED } from '../../../cpu/violation.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { Stopped } from '../direct.ts';
import { Heap } from './heap.ts';
import type { Listener } from './listener.ts';
import { Tariff, type Terms } from './tariff.ts';
import { INTERRUPT, TimeAccount, USER, WAIT } from './time-account.ts';

/** What plain code may take, in ns, before its next operation lets others go first. */
const SLACK = 20;

export class TimedEngine {
  readonly m: Machine;
  readonly account: TimeAccount;
  /** Nanoseconds since the start, of each vCPU. */
  readonly clock: Float64Array;
  /** vCPUs that sleep when they have no program: an interrupt has to wake them first. */
  readonly asleep: Uint8Array;
  /** Told what happens, for traces. */
  listener: Listener | null = null;

  readonly tariff: Tariff;
  private readonly heap: Heap;
  /** When the first of the interrupts that are pending arrives. */
  private readonly due: Float64Array;
  private readonly programs: (Code<unknown> | null)[];
  /** What the vCPU will run next, and from when on. */
  private readonly agenda: { at: number; code: (c: Vcpu) => Code<unknown> }[][];
  private readonly results: unknown[];
  private readonly handlers: (Code | null)[];
  /** Programs that wait for a word; from when on they may look again. */
  private readonly waits: Uint8Array;
  /** Programs whose next operation is known, and is later than what others do. */
  private readonly late: Uint8Array;
  private readonly wakeAt: Float64Array;
  private readonly waiters = new Map<Ptr, number[]>();
  /** Clock of the vCPU that runs. */
  private time = 0;
  /** The time that everything has reached. */
  private reached = 0;

  constructor(m: Machine, terms: Terms) {
    const { cpus } = m;
    this.m = m;
    this.account = new TimeAccount(cpus);
    this.clock = new Float64Array(cpus);
    this.asleep = new Uint8Array(cpus);
    this.tariff = new Tariff(m, terms, this.account);
    this.heap = new Heap(cpus);
    this.due = new Float64Array(cpus).fill(Infinity);
    this.programs = Array.from({ length: cpus }, () => null);
    this.agenda = Array.from({ length: cpus }, () => []);
    this.results = Array.from({ length: cpus }, () => undefined);
    this.handlers = Array.from({ length: cpus }, () => null);
    this.waits = new Uint8Array(cpus);
    this.late = new Uint8Array(cpus);
    this.wakeAt = new Float64Array(cpus).fill(Infinity);
    m.meter = this;
  }

  /** What the clock of a vCPU shows to the code that it runs now. */
  now(): number {
    return this.time;
  }

  /** Something takes time that is no operation, such as a system call's entry. */
  spend(c: Vcpu, ns: number): void {
    this.time += ns;
    this.tariff.charge(c, ns);
  }

  /** Runs code on the program of a vCPU, and whatever that has left pending. @throws Stopped at a violation; Defect where it waits for ever */
  run<T>(cpu: number, code: (c: Vcpu) => Code<T>): T {
    this.start(cpu, code);
    this.finish();
    return this.results[cpu] as T;
  }

  /** The vCPU runs code when it has come to the end of what it was given before, and not earlier than `at`. */
  start(cpu: number, code: (c: Vcpu) => Code<unknown>, at = this.reached): void {
    this.agenda[cpu]!.push({ at, code });
    if (this.programs[cpu] === null && this.handlers[cpu] === null) this.schedule(cpu);
  }

  private begin(cpu: number): void {
    const { code } = this.agenda[cpu]!.shift()!;
    const program = code(this.m.contexts[cpu]!);
    if (typeof program?.next !== 'function') throw new Defect('the timed engine needs the build with generators');
    this.programs[cpu] = program;
    this.results[cpu] = undefined;
  }

  /** Until every program has ended and every interrupt was taken; then all clocks are set to the latest one. */
  finish(): void {
    try {
      while (this.loop());
    } catch (e) {
      if (e === KILLED) throw new Stopped(this.m.violation!);
      throw e;
    }
    for (const t of this.clock) if (t > this.reached) this.reached = t;
    for (let cpu = 0; cpu < this.m.cpus; cpu++) this.pass(cpu, this.reached);
  }

  /** @returns whether there may be more to do */
  private loop(): boolean {
    const { heap, clock } = this;
    for (;;) {
      const cpu = heap.first;
      const t = heap.keys[cpu]!;
      if (t === Infinity) return this.stall();
      if (t > clock[cpu]!) this.pass(cpu, t);
      this.time = clock[cpu]!;
      do this.step(cpu);
      while (this.goesOn(cpu));
      clock[cpu] = this.time;
      this.schedule(cpu);
    }
  }

  /** Can the vCPU do more before another one is due? */
  private goesOn(cpu: number): boolean {
    if (this.heap.second < this.time) return false;
    return this.handlers[cpu] !== null || (this.programs[cpu] !== null && this.waits[cpu] === 0);
  }

  private step(cpu: number): void {
    const handler = this.handlers[cpu]!;
    if (handler !== null) this.serveOn(cpu, handler);
    else if (this.due[cpu]! <= this.time && this.takes(cpu)) this.enter(cpu);
    else if (this.programs[cpu] !== null) this.goOn(cpu, this.programs[cpu]!);
    else if (this.agenda[cpu]!.length > 0 && this.agenda[cpu]![0]!.at <= this.time) this.begin(cpu);
  }

  /** Time goes by in which the vCPU does nothing of the kernel's. */
  private pass(cpu: number, t: number): void {
    this.account.add(cpu, this.programs[cpu] !== null && this.waits[cpu] !== 0 ? WAIT : USER, t - this.clock[cpu]!);
    this.clock[cpu] = t;
  }

  private schedule(cpu: number): void {
    const t = this.clock[cpu]!;
    let key = Infinity;
    if (this.handlers[cpu] !== null) key = t;
    else {
      if (this.programs[cpu] !== null) key = this.waits[cpu] === 0 ? t : Math.max(t, this.wakeAt[cpu]!);
      else if (this.agenda[cpu]!.length > 0) key = Math.max(t, this.agenda[cpu]![0]!.at);
      const due = this.due[cpu]!;
      if (due < key && this.takes(cpu)) key = Math.max(t, due);
    }
    this.heap.set(cpu, key);
  }

  /** Would the vCPU take an interrupt, if one has arrived? */
  private takes(cpu: number): boolean {
    const h = this.m.contexts[this.m.cpus + cpu]!;
    armEntry(h);
    return isReady(h);
  }

  private enter(cpu: number): void {
    const { m, tariff } = this;
    const h = m.contexts[m.cpus + cpu]!;
    runAtOnce(h);
    const vector = 31 - Math.clz32(h.value);
    if ((h.value & ~(1 << vector)) === 0) this.due[cpu] = Infinity;
    this.account.received[cpu]!++;
    this.listener?.entered(this.time, cpu, vector);
    const ns = tariff.entry(this.asleep[cpu] !== 0 && this.programs[cpu] === null);
    this.time += ns;
    this.account.add(cpu, INTERRUPT, ns);
    this.handlers[cpu] = m.handler!(h, vector);
  }

  private serveOn(cpu: number, handler: Code): void {
    const { m } = this;
    const h = m.contexts[m.cpus + cpu]!;
    if (handler.next().done !== true) {
      if (!isReady(h)) throw new Defect(`${m.contextName(h)} waits for ${m.nameOf(h.at)}`);
      this.perform(h);
      return;
    }
    armReturn(h);
    runAtOnce(h);
    this.handlers[cpu] = null;
    this.time += this.tariff.terms.costs.exit;
    this.account.add(cpu, INTERRUPT, this.tariff.terms.costs.exit);
    this.listener?.left(this.time, cpu);
  }

  private goOn(cpu: number, program: Code<unknown>): void {
    const c = this.m.contexts[cpu]!;
    if (this.waits[cpu] === 0 && this.late[cpu] === 0) {
      const from = this.time;
      const step = program.next();
      if (step.done === true) {
        this.programs[cpu] = null;
        this.results[cpu] = step.value;
        return;
      }
      if (c.kind === SWITCH) throw new Defect(`${this.m.contextName(c)} goes on with another task, which has no clock`);
      if (this.time - from > SLACK && this.heap.second < this.time) {
        this.late[cpu] = 1;
        return;
      }
    }
    this.late[cpu] = 0;
    if (c.kind === BLOCK) {
      this.spin(cpu, c);
      return;
    }
    if (!isReady(c)) {
      this.wait(cpu, c);
      return;
    }
    if (this.waits[cpu] !== 0) this.endWait(cpu, c);
    this.perform(c);
  }

  /** A turn of a loop in which nothing has changed: the next one is when somebody else has done something. */
  private spin(cpu: number, c: Vcpu): void {
    const next = this.heap.second;
    if (next === Infinity && !serve(this.m)) throw wouldBlock(c);
    const until = Math.max(this.time, next === Infinity ? 0 : next) + this.tariff.terms.costs.handover;
    this.account.add(cpu, WAIT, until - this.time);
    this.time = until;
  }

  private wait(cpu: number, c: Vcpu): void {
    this.wakeAt[cpu] = Infinity;
    if (this.waits[cpu] !== 0) return;
    this.waits[cpu] = 1;
    this.listener?.waits(this.time, cpu, c.at);
    const others = this.waiters.get(c.at);
    if (others === undefined) this.waiters.set(c.at, [cpu]);
    else others.push(cpu);
  }

  private endWait(cpu: number, c: Vcpu): void {
    this.waits[cpu] = 0;
    const all = this.waiters.get(c.at)!;
    all.splice(all.indexOf(cpu), 1);
    this.listener?.waited(this.time, cpu, c.at);
  }

  private perform(c: Vcpu): void {
    const { kind, at, n } = c;
    const target = kind === RMW ? this.tariff.targetOf(c) : -1;
    if (target >= 0) this.send(c, target);
    else {
      const ns = this.tariff.operation(c);
      runAtOnce(c);
      this.time += ns;
      if (kind === RMW || kind === ACQUIRE) for (let i = 0; i < n; i++) this.changed(c.id, (at + i) as Ptr);
    }
  }

  private send(c: Vcpu, target: number): void {
    const { tariff, account } = this;
    const arrives = this.time + tariff.delivery(c.id, target);
    const ns = tariff.send(c, target);
    runAtOnce(c);
    account.sent[c.id]!++;
    if ((c.value & c.a0) !== 0) account.coalesced[c.id]!++;
    this.listener?.sent(this.time, c.id, target, 31 - Math.clz32(c.a0));
    this.time += ns;
    // Those of a vCPU that is far away may overtake: what is pending is taken when the first of them arrives.
    if (arrives < this.due[target]!) this.due[target] = arrives;
    if (target !== c.id) this.schedule(target);
  }

  /** Whoever waits for the word may look again. */
  private changed(by: number, p: Ptr): void {
    const all = this.waiters.get(p);
    if (all === undefined) return;
    for (const cpu of all) {
      if (this.wakeAt[cpu] !== Infinity || !isReady(this.m.contexts[cpu]!)) continue;
      this.wakeAt[cpu] = this.time + this.tariff.terms.costs.handover;
      this.listener?.woke(this.time, by, cpu);
      if (this.handlers[cpu] === null) this.schedule(cpu);
    }
  }

  /** Nothing has a time: everything has ended, or waits. @returns whether a callback has changed that */
  private stall(): boolean {
    const { m } = this;
    while (serve(m));
    const waiting = [...this.waits.keys()].filter((cpu) => this.waits[cpu] !== 0);
    const ready = waiting.filter((cpu) => isReady(m.contexts[cpu]!));
    for (const cpu of ready) {
      this.wakeAt[cpu] = this.clock[cpu]!;
      this.schedule(cpu);
    }
    if (ready.length === 0 && waiting.length > 0) {
      const c = m.contexts[waiting[0]!]!;
      throw wouldBlock(c);
    }
    return ready.length > 0;
  }

  /** Of the machine: the vCPU that runs goes on without a look at the others while it is behind them all. */
  performs(c: Vcpu): boolean {
    if (c.role === CALLBACK || this.heap.second < this.time || !isReady(c)) return false;
    if (c.role === PROGRAM && this.due[c.id]! <= this.time) return false;
    this.perform(c);
    return true;
  }

  /** Of the machine: a store has reached memory. */
  stored(c: Vcpu, p: Ptr): void {
    if (c.role === CALLBACK) return;
    this.time += this.tariff.store(c, p);
    this.changed(c.id, p);
  }

  /** Of the machine: something was done that is no operation. */
  worked(c: Vcpu, kind: number): void {
    if (c.role === CALLBACK) return;
    this.time += kind === TRANSLATED ? this.tariff.walks(c) : this.tariff.work(c, kind);
  }
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine: vCPUs, their contexts and one memory, and the transitions that are possible at any moment. An engine asks which actors are
 * enabled, what each would do, and runs one; the machine decides nothing.
 *
 * Reference: Sewell et al., "x86-TSO" (CACM 2010); docs/design-notes.md, "Contexts".
 */
import { createEntryLog } from '../mmu/entry-log.ts';
import { restore, seal, writeWord } from '../mmu/journal.ts';
import { Mmu } from '../mmu/mmu.ts';
import { PermissiveTlb } from '../mmu/permissive.ts';
import { allocObject, type PhysMem } from '../mmu/phys-mem.ts';
import type { Ptr } from '../mmu/types.ts';
import { type Always, checkAlways } from './always.ts';
import { deadlock } from './deadlock.ts';
import { drive, runAtOnce } from './direct.ts';
import { perform } from './execute.ts';
import type { Footprint } from './footprint.ts';
import { ghostName } from './ghost-name.ts';
import { armEntry, armReturn, entersHandler, IRQ_WORDS, leavesHandler } from './interrupts.ts';
import { invlpgbWords, serveInvlpgb } from './invlpgb.ts';
import { ACQUIRE, AWAIT, BLOCK, DEAD, END, SWITCH } from './kinds.ts';
import { drainOne, leaveAll } from './memory.ts';
import type { Meter } from './meter.ts';
import { describe, isReady } from './next.ts';
import { RaceDetector } from './races.ts';
import { note } from './report.ts';
import type { Trace } from './trace.ts';
import { speculate } from './translate.ts';
import { CALLBACK, type Code, HANDLER, isHandler, NMI, PROGRAM, SPECULATION, Vcpu } from './vcpu.ts';
import { Defect, KILLED, type Violation } from './violation.ts';
import type { Watcher } from './watcher.ts';

export interface MachineConfig {
  cpus: number;
  /** Most callbacks that one vCPU may defer in an execution; 0: no sections are kept either. */
  callbacks: number;
  /** Whether interrupts can happen at all, and whether NMIs can too. */
  interrupts: boolean;
  nmi?: boolean;
  /** Whether INVLPGB is used; in exploration it takes the NMI context of each vCPU, so that the two exclude each other. */
  invlpgb?: boolean;
  /** Whether code runs whose accesses are translated, or on which vCPUs alone; without, INVLPG and MOV CR3 are no transitions. */
  tlb?: boolean | readonly number[];
  /** Whether each vCPU has an MMU that remembers what it has translated, for engines that run one order. */
  mmu?: boolean;
  /** Width of physical addresses, for those; 36 to 52, 36 by default. */
  maxphyaddr?: number;
  /** How many entries speculative walks may set A in; see `watched`. */
  speculation?: number;
  mem: PhysMem;
}

/** How an execution ended. */
export interface Outcome {
  /** Every program ended; some are cut or wait for ever; or one was stopped by a violation. */
  state: 'complete' | 'blocked' | 'violated';
  /** Some context is cut or waits for ever. */
  stuck: boolean;
  violation: Violation | null;
  witnesses: ReadonlySet<string>;
}

export class Machine {
  readonly mem: PhysMem;
  readonly cpus: number;
  readonly callbacks: number;
  readonly interrupts: boolean;
  /** First the programs, by vCPU; then, where interrupts can happen, the handlers, and so for NMIs; then callbacks and speculation. */
  readonly contexts: Vcpu[];
  readonly firstCallback: number;
  readonly entries = createEntryLog();
  readonly races: RaceDetector;
  /** What each vCPU may remember of the page tables; empty on a machine without TLBs. */
  readonly tlbs: readonly PermissiveTlb[];
  /** Which vCPUs may walk: on the others INVLPG and stores to page tables are no transitions of their own. */
  readonly walkers: readonly boolean[];
  /** The MMU of each vCPU; empty on a machine that is explored. */
  readonly mmus: readonly Mmu[];
  readonly irqBase: Ptr;
  /** How many contexts have counters of sections. */
  readonly sectionCounters: number;
  readonly startsBase: Ptr;
  readonly endsBase: Ptr;
  /** State of INVLPGB; 0 where nobody uses it. */
  readonly invlpgbBase: Ptr;

  /** The entries in which walks that no access asked for may set A, once for each value that has it clear. */
  watched: readonly Ptr[] = [];
  private readonly walks: (c: Vcpu, entry: Ptr) => Code = speculate;
  /** Tasks of each vCPU; the first one starts. */
  programs: ((c: Vcpu) => Code)[][] = [];
  handler: ((c: Vcpu, vector: number) => Code) | null = null;
  nmiHandler: ((c: Vcpu) => Code) | null = null;
  always: readonly Always[] = [];
  /** Guards that are switched off, by number. */
  guardsOff: ReadonlySet<number> | null = null;
  /** What runs on the machine; it knows nothing of it. */
  os: unknown = null;
  /** Told of the start of every execution: what is kept about one only is forgotten. */
  onReset: (() => void) | null = null;
  /** Names of words, for people. */
  nameOf: (p: Ptr) => string = (p) => ghostName(this, p);
  /** Who holds which locks, a line each, for people. */
  holders: () => string[] = () => [];
  trace: Trace | null = null;
  /** Told of what happens where code runs in program order. */
  watcher: Watcher | null = null;
  /** Operations whose results nobody uses commute where they can; off, every order of them is told apart. */
  commuting = true;
  /** Loads that own stores answer are not ordered against foreign writes; off, every load of a word is. */
  forwarding = true;
  /** Handlers are ordered only against what they conflict with; off, against everything that their vCPU does. */
  handlersApart = true;
  /** A turn of a loop in which nothing has changed is the last one; off, it goes on, and the loop must end by itself. */
  cutsLoops = true;
  /** Every store drains at once. */
  direct = false;
  /** Each vCPU is a thread of the host's. */
  parallel = false;
  /** Most marked stores that a program or handler may have in its buffer; a further one waits. STIs and the ends of sections take a place, and do not wait. */
  bufferDepth = Infinity;

  /** Transitions of this execution so far. */
  seq = 0;
  /** Where code runs in program order: called once so many transitions are over, to look up from the work and to say when next. */
  onBeat: ((m: Machine) => void) | null = null;
  nextBeat = Infinity;
  /** Who counts stores and work where code runs in program order. */
  meter: Meter | null = null;
  violation: Violation | null = null;
  readonly witnesses = new Set<string>();
  /** Words that somebody has waited for in this execution: from then on only marked stores may change them. */
  readonly waited = new Set<Ptr>();
  readonly counters = { ipis: 0, invlpg: 0, cr3Writes: 0, invlpgb: 0, tlbsync: 0 };
  /** The transitions so far are, in this very order, possible on a real machine: nobody moved while who had interrupted him ran. */
  inOrder = true;
  /** For each vCPU the handlers that have begun: bits HANDLER and NMI. */
  readonly inHandler: Uint8Array;

  constructor(config: MachineConfig) {
    const { cpus, callbacks, mem } = config;
    this.mem = mem;
    this.cpus = cpus;
    this.callbacks = callbacks;
    this.interrupts = config.interrupts;
    this.contexts = [];
    for (let i = 0; i < cpus; i++) this.contexts.push(new Vcpu(this, i, i, PROGRAM));
    if (this.interrupts) for (let i = 0; i < cpus; i++) this.contexts.push(new Vcpu(this, cpus + i, i, HANDLER));
    const nmi = config.nmi === true || config.invlpgb === true;
    if (this.interrupts && nmi) for (let i = 0; i < cpus; i++) this.contexts.push(new Vcpu(this, this.contexts.length, i, NMI));
    this.firstCallback = this.contexts.length;
    // Each vCPU has its own: which context a callback runs on must not depend on what other vCPUs have deferred before.
    for (let i = 0; i < cpus * callbacks; i++)
      this.contexts.push(new Vcpu(this, this.firstCallback + i, Math.floor(i / callbacks), CALLBACK));
    for (let i = 0; i < (config.speculation ?? 0); i++) this.contexts.push(new Vcpu(this, this.contexts.length, cpus, SPECULATION));
    this.inHandler = new Uint8Array(cpus);
    this.irqBase = allocObject(mem, cpus * IRQ_WORDS);
    this.sectionCounters = nmi ? 2 * cpus : cpus;
    this.startsBase = allocObject(mem, this.sectionCounters);
    this.endsBase = allocObject(mem, this.sectionCounters);
    this.invlpgbBase = config.invlpgb === true ? allocObject(mem, invlpgbWords(cpus)) : (0 as Ptr);
    if (config.invlpgb === true) this.nmiHandler = serveInvlpgb;
    this.tlbs = (config.tlb ?? false) === false ? [] : Array.from({ length: cpus }, () => new PermissiveTlb(mem));
    this.walkers = Array.from({ length: cpus }, (_, cpu) => config.tlb === true || (Array.isArray(config.tlb) && config.tlb.includes(cpu)));
    this.mmus = config.mmu === true ? Array.from({ length: cpus }, () => new Mmu(mem, config.maxphyaddr)) : [];
    this.races = new RaceDetector(mem, this.contexts.length);
  }

  get actors(): number {
    return this.contexts.length * 2;
  }

  contextName(c: Vcpu): string {
    if (c.role === SPECULATION) return 'a speculative page walk';
    return c.role === CALLBACK
      ? `callback ${(c.ctx - this.firstCallback) % this.callbacks} of CPU${c.id}`
      : isHandler(c)
        ? `the ${c.role === NMI ? 'NMI' : 'interrupt'} handler of CPU${c.id}`
        : `CPU${c.id}`;
  }

  /** Runs set-up code to its end on vCPU 0, every store at once; what memory holds then is the image that executions start from. */
  boot(code: (c: Vcpu) => Code | undefined): void {
    this.clear();
    this.direct = true;
    const c = this.contexts[0]!;
    try {
      this.runToEnd(c, code(c));
      for (const one of this.contexts) if (one.callback !== null) this.runToEnd(one, one.callback(one, one.callbackArg));
    } catch (e) {
      if (e === KILLED) throw new Defect(`set-up is not possible: ${this.violation!.summary}`);
      throw e;
    }
    this.direct = false;
    for (let p = this.irqBase as number; p < this.endsBase + this.sectionCounters; p++) writeWord(this.mem, p as Ptr, 0);
    seal(this.mem);
    for (const tlb of this.tlbs) tlb.seal();
    for (const one of this.contexts) one.tasks.length = 0;
  }

  /** In the erased build the code has run already when this is called. */
  private runToEnd(c: Vcpu, code: Code | undefined): void {
    if (code !== undefined) drive(c, code);
  }

  /** From here on code runs in program order, every store at once: see cpu/direct. For a machine that is not explored. */
  startDirect(): void {
    this.clear();
    this.direct = true;
  }

  private clear(): void {
    this.seq = 0;
    this.violation = null;
    this.inOrder = true;
    if (this.witnesses.size > 0) this.witnesses.clear();
    if (this.waited.size > 0) this.waited.clear();
    this.inHandler.fill(0);
    const { counters } = this;
    counters.ipis = counters.invlpg = counters.cr3Writes = counters.invlpgb = counters.tlbsync = 0;
    this.entries.n = 0;
    for (const tlb of this.tlbs) tlb.reset();
    this.races.reset();
    for (const c of this.contexts) c.reset();
    this.onReset?.();
  }

  /** Back to the image; every program at its first operation. */
  reset(): void {
    restore(this.mem);
    this.clear();
    for (let i = 0; i < this.cpus; i++) {
      const c = this.contexts[i]!;
      for (const program of this.programs[i] ?? []) c.tasks.push(program(c));
      this.advance(c);
    }
    for (const c of this.contexts) if (c.role === HANDLER ? this.handler !== null : c.role === NMI && this.nmiHandler !== null) armEntry(c);
    const first = this.contexts.length - this.watched.length;
    for (let i = 0; i < this.watched.length; i++) {
      const c = this.contexts[first + i]!;
      c.idle = true; // it need not happen
      c.tasks.push(this.walks(c, this.watched[i]!));
      this.advance(c);
    }
  }

  /** Writes the enabled actors into `out`. @returns how many */
  enabled(out: Int32Array): number {
    let n = 0;
    const T = this.contexts.length;
    for (let t = 0; t < T; t++) {
      const c = this.contexts[t]!;
      if (isReady(c)) out[n++] = t;
      if (c.buffer.drained < c.buffer.stores) out[n++] = T + t;
    }
    return n;
  }

  /** What an enabled actor would do now. */
  footprint(actor: number, out: Footprint): void {
    describe(this, actor, out);
  }

  /** Runs one transition of an enabled actor; `choice` is the alternative that a choice takes. */
  run(actor: number, choice: number): void {
    const T = this.contexts.length;
    this.seq++;
    const c = this.contexts[actor < T ? actor : actor - T]!;
    if (this.inOrder && this.interrupts && !this.isPossible(actor)) this.inOrder = false;
    this.trace?.before(this, actor, choice);
    if (actor >= T) {
      drainOne(c);
    } else {
      c.place++;
      if (entersHandler(c)) this.inHandler[c.id]! |= c.role;
      else if (leavesHandler(c)) this.inHandler[c.id]! &= ~c.role;
      try {
        perform(c, choice);
      } catch (e) {
        if (e !== KILLED) throw e;
        c.kind = DEAD;
      }
      if (c.kind !== DEAD) this.advance(c);
    }
    if (this.always.length > 0) checkAlways(this);
  }

  /** Is it below a handler that has begun? */
  standsStill(c: Vcpu): boolean {
    return this.inHandler[c.id]! >> c.role > 0; // the roles of handlers are their bits
  }

  /** Could a processor do now what an enabled actor would? */
  isPossible(actor: number): boolean {
    const T = this.contexts.length;
    const c = this.contexts[actor < T ? actor : actor - T]!;
    if (this.standsStill(c)) return false;
    if (actor >= T || !entersHandler(c)) return true;
    for (let ctx = c.ctx - this.cpus; ctx >= 0; ctx -= this.cpus) {
      const { midway, buffer } = this.contexts[ctx]!;
      if (midway || buffer.drained < buffer.stores) return false;
    }
    return true;
  }

  /** Resumes a context's code up to its next operation. */
  private advance(c: Vcpu): void {
    if (c.callback !== null) {
      c.tasks[0] = c.callback(c, c.callbackArg);
      c.callback = null;
    }
    if (isHandler(c)) {
      if (entersHandler(c)) {
        c.tasks[0] = c.role === NMI ? this.nmiHandler!(c) : this.handler!(c, 31 - Math.clz32(c.value));
      } else if (c.tasks.length === 0) {
        armEntry(c);
        return;
      }
    }
    for (;;) {
      const code = c.tasks[c.task];
      if (code === undefined) {
        c.kind = END;
        return;
      }
      let done: boolean | undefined;
      try {
        done = code.next().done;
      } catch (e) {
        if (e !== KILLED) throw e;
        c.kind = DEAD;
        return;
      }
      if (done === true) {
        if (isHandler(c)) {
          c.tasks.length = 0;
          armReturn(c);
        } else c.kind = END;
        return;
      }
      if (c.kind !== SWITCH) {
        if (isHandler(c) && (c.kind === AWAIT || c.kind === ACQUIRE)) this.refuseWait(c);
        return;
      }
      c.task = c.a0;
    }
  }

  /** Whom a handler waits for may be what it has interrupted, which does not move: the explorer relies on handlers that never wait. */
  private refuseWait(c: Vcpu): void {
    note(c, 'locking', `${this.contextName(c)} waits for ${this.nameOf(c.at)}`);
    c.kind = DEAD;
  }

  /** Performs the pending operation on the spot: set-up, and the erased build. @throws Defect if it would wait */
  runNow(c: Vcpu): void {
    runAtOnce(c);
  }

  /** What to say when nothing is enabled any more. */
  done(): Outcome {
    let stuck = false;
    for (const c of this.contexts) {
      if (c.kind === DEAD) continue;
      leaveAll(c);
      if (isHandler(c) ? c.tasks.length > 0 : c.kind === BLOCK || (c.kind !== END && !c.idle)) stuck = true;
    }
    if (stuck) this.violation ??= deadlock(this);
    const state = this.violation !== null ? 'violated' : stuck ? 'blocked' : 'complete';
    return { state, stuck, violation: this.violation, witnesses: this.witnesses };
  }
}

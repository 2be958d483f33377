// SPDX-License-Identifier: GPL-2.0-only
/**
 * An oracle for the exploration: every state that a program can reach on x86-TSO with interrupts, by a search with a set of visited states.
 * Written from the definition of the machine and from nothing else here: CPUs with a FIFO store buffer each, one memory, one lock; an
 * interrupt is taken between two instructions with IF = 1 and an empty buffer, IRET waits for an empty buffer, and the program of a CPU
 * stands still while its handler runs. An NMI is taken whatever IF is, in the program or in the handler, but not in its own handler.
 *
 * Reference: Sewell et al., "x86-TSO" (CACM 2010), section 3; Intel SDM Vol. 3A 6.7.1, 6.8.1, 12.10.
 */
import { FAILED, type Op, type Program, REGISTERS, WORDS } from './programs.ts';

const PROGRAM = 0;
const HANDLER = 1;
const NMI = 2;

export interface Cpu {
  /** What runs, over what it has interrupted: which code, and its next instruction. */
  stack: { code: number; pc: number }[];
  /** Registers of each code. */
  regs: number[][];
  /** Oldest first: [word, value] or [word, low, high]. */
  buffer: number[][];
  irqsOn: boolean;
  /** HLT has begun and no handler has returned since. */
  halted: boolean;
  pending: number;
  nmiPending: boolean;
}

/** Rules of the processor that a search may do without, so that a comparison with it has to fail. */
export type Rule =
  | 'an NMI is taken with IF = 0'
  | 'an NMI waits for IRET of the one before'
  | 'an NMI waits for an empty buffer'
  | 'an interrupt waits for IRET of an NMI';

export interface State {
  /** Some context has come upon a violation. */
  failed: boolean;
  mem: number[];
  cpus: Cpu[];
}

export const copy = (s: State): State => JSON.parse(JSON.stringify(s)) as State;

function readWord(s: State, cpu: Cpu, w: number): number {
  for (let i = cpu.buffer.length - 1; i >= 0; i--) {
    const [at, lo, hi] = cpu.buffer[i]!;
    if (at === w) return lo!;
    if (hi !== undefined && at === w - 1) return hi;
  }
  return s.mem[w]!;
}

/** Instructions that wait for an empty buffer. */
const SERIAL = new Set(['fence', 'xchg', 'add', 'cas', 'update', 'acquire', 'xchg64', 'cas64', 'ipi', 'nmi']);

/** Can the instruction be executed now? */
export function ready(s: State, cpu: Cpu, o: Op, depth = Infinity): boolean {
  if (o.op.startsWith('store') && cpu.buffer.length >= depth) return false;
  if (SERIAL.has(o.op) && cpu.buffer.length > 0) return false;
  if (o.op === 'await') return ((readWord(s, cpu, o.w) & o.mask) | 0) === (o.v | 0);
  if (o.op === 'acquire') return ((s.mem[o.w]! & o.mask) | 0) === (o.v | 0);
  return true;
}

/** Executes it; @returns how far the program counter moves */
export function execute(s: State, cpu: Cpu, o: Op, regs: number[], choice: number): number {
  const { mem } = s;
  const set = (w: number, v: number): void => {
    mem[w] = v >>> 0;
  };
  switch (o.op) {
    case 'store':
      cpu.buffer.push([o.w, o.v]);
      break;
    case 'storeReg':
      cpu.buffer.push([o.w, (regs[o.r]! + 1) >>> 0]);
      break;
    case 'store64':
      cpu.buffer.push([o.p, o.lo, o.hi]);
      break;
    case 'load':
    case 'await':
      regs[o.r] = readWord(s, cpu, o.w);
      break;
    case 'load64':
      regs[o.r] = readWord(s, cpu, o.p);
      regs[o.r + 1] = readWord(s, cpu, o.p + 1);
      break;
    case 'xchg':
    case 'add':
      regs[o.r] = mem[o.w]!;
      set(o.w, o.op === 'add' ? mem[o.w]! + o.v : o.v);
      break;
    case 'cas':
      regs[o.r] = mem[o.w]!;
      if (mem[o.w] === o.old) set(o.w, o.v);
      break;
    case 'update':
      set(o.w, o.fn === 'add' ? mem[o.w]! + o.v : o.fn === 'or' ? mem[o.w]! | o.v : mem[o.w]! & o.v);
      break;
    case 'acquire':
      set(o.w, mem[o.w]! + o.d);
      break;
    case 'xchg64':
      [regs[o.r], regs[o.r + 1]] = [mem[o.p]!, mem[o.p + 1]!];
      set(o.p, o.lo);
      set(o.p + 1, o.hi);
      break;
    case 'cas64':
      regs[o.r] = mem[o.p] === o.old && mem[o.p + 1] === o.old ? 1 : 0;
      if (regs[o.r] === 1) {
        set(o.p, o.v);
        set(o.p + 1, o.v);
      }
      break;
    case 'choose':
      regs[o.r] = choice;
      break;
    case 'ipi':
    case 'ipiX2apic':
      s.cpus[o.to]!.pending |= 1 << o.vector;
      break;
    case 'nmi':
    case 'nmiX2apic':
      s.cpus[o.to]!.nmiPending = true;
      break;
    case 'cli':
      cpu.irqsOn = false;
      break;
    case 'sti':
      cpu.irqsOn = true;
      break;
    case 'hlt':
      cpu.halted = true;
      break;
    case 'stiHlt':
      cpu.irqsOn = true;
      cpu.halted = true;
      break;
    case 'if':
      return regs[o.r] === o.v ? 1 : 2;
    case 'fail':
      if (regs[o.r] === o.v) s.failed = true;
      break;
    case 'fence':
      break;
  }
  return 1;
}

function enter(c: Cpu, code: number): void {
  c.stack.push({ code, pc: 0 });
  c.regs[code]!.fill(0);
}

function successors(program: Program, s: State, depth: number, without: Rule | null): State[] {
  const out: State[] = [];
  const next = (change: (t: State, cpu: Cpu) => void, i: number): void => {
    const t = copy(s);
    change(t, t.cpus[i]!);
    out.push(t);
  };
  s.cpus.forEach((cpu, i) => {
    const codes = [program.cpus[i]!, program.handlers?.[i] ?? [], program.nmis?.[i] ?? []];
    const top = cpu.stack.at(-1)!;
    const runs = (code: number): boolean => cpu.stack.some((f) => f.code === code);
    const o = codes[top.code]![top.pc];
    if (o !== undefined && ready(s, cpu, o, depth) && (top.code !== PROGRAM || !cpu.halted)) {
      for (let k = 0; k < (o.op === 'choose' ? o.n : 1); k++) {
        next((t, c) => {
          c.stack.at(-1)!.pc += execute(t, c, o, c.regs[top.code]!, k);
        }, i);
      }
    }
    const empty = cpu.buffer.length === 0;
    if (!empty) {
      next((t, c) => {
        const [at, lo, hi] = c.buffer.shift()!;
        t.mem[at!] = lo! >>> 0;
        if (hi !== undefined) t.mem[at! + 1] = hi >>> 0;
      }, i);
    }
    const nmi = cpu.nmiPending && (!runs(NMI) || without === 'an NMI waits for IRET of the one before');
    if (nmi && (empty || without === 'an NMI waits for an empty buffer') && (cpu.irqsOn || without !== 'an NMI is taken with IF = 0')) {
      next((_, c) => {
        c.nmiPending = false;
        enter(c, NMI);
      }, i);
    }
    if (!empty) return;
    if (top.code !== PROGRAM && o === undefined) {
      next((_, c) => {
        c.stack.pop();
        c.halted = false;
      }, i);
    }
    const masked = !cpu.irqsOn || runs(HANDLER) || (runs(NMI) && without !== 'an interrupt waits for IRET of an NMI');
    if (!masked && cpu.pending !== 0 && program.handlers !== null) {
      next((_, c) => {
        c.pending &= ~(1 << (31 - Math.clz32(c.pending)));
        enter(c, HANDLER);
      }, i);
    }
  });
  return out;
}

export function startOf(program: Program): State {
  const registers = (): number[] => new Array<number>(REGISTERS).fill(0);
  return {
    failed: false,
    mem: new Array<number>(WORDS).fill(0),
    cpus: program.cpus.map(() => ({
      stack: [{ code: PROGRAM, pc: 0 }],
      regs: [registers(), registers(), registers()],
      buffer: [],
      irqsOn: true,
      halted: false,
      pending: 0,
      nmiPending: false,
    })),
  };
}

/** In the form of `BuiltProgram.state`. */
export function stateText(program: Program, s: State): string {
  // A program that ends has nothing left behind its last instruction; one that is halted or waits has not ended.
  const ended = s.cpus.map((c, i) => c.stack[0]!.pc >= program.cpus[i]!.length && !c.halted);
  const regs = [PROGRAM, HANDLER, NMI].flatMap((code) => s.cpus.map((c) => c.regs[code]!));
  return JSON.stringify([regs, s.mem, ended]);
}

/**
 * The final states: nothing can happen any more.
 * @param depth most entries of a store buffer
 * @param without a rule that does not hold
 * @returns null if there are more than `most` states
 */
export function finalStates(program: Program, most: number, depth = Infinity, without: Rule | null = null): Set<string> | null {
  const start = startOf(program);
  const seen = new Set([JSON.stringify(start)]);
  const todo = [start];
  const final = new Set<string>();
  for (let s = todo.pop(); s !== undefined; s = todo.pop()) {
    if (s.failed) {
      final.add(FAILED);
      continue;
    }
    const after = successors(program, s, depth, without);
    if (after.length === 0) final.add(stateText(program, s));
    for (const t of after) {
      const key = JSON.stringify(t);
      if (seen.has(key)) continue;
      if (seen.size >= most) return null;
      seen.add(key);
      todo.push(t);
    }
  }
  return final;
}

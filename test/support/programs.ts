// SPDX-License-Identifier: GPL-2.0-only
/**
 * Small programs as data, so that two machines that know nothing of each other can run them, and fast-check can shrink them.
 * Memory is a few words; words 2k and 2k + 1 are an 8-byte cell. Each CPU has registers, its interrupt handler and its NMI handler have others.
 */
import fc from 'fast-check';
import { cli, hlt, sendIpi, sendIpiX2apic, sendNmi, sendNmiX2apic, sti, stiHlt } from '../../cpu/interrupts.ts';
import { Machine } from '../../cpu/machine.ts';
import {
  assume,
  choose,
  cmpxchg,
  cmpxchg8b,
  cpuRelax,
  load,
  load64,
  mfence,
  peek,
  poke,
  rmw,
  store,
  store64,
  update,
  waitLoad,
  waitRmw,
  waitUpdate,
  xchg64,
} from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import { ADD, AND, OR, XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';

/** `w` a word, `p` the even word of a cell, `r` a register, `v` a value. */
export type Op =
  | { op: 'store'; w: number; v: number }
  | { op: 'storeReg'; w: number; r: number }
  | { op: 'load'; w: number; r: number }
  | { op: 'fence' }
  | { op: 'xchg' | 'add'; w: number; r: number; v: number }
  | { op: 'cas'; w: number; r: number; old: number; v: number }
  /** Locked, and nobody uses the result. */
  | { op: 'update'; w: number; fn: 'add' | 'or' | 'and'; v: number }
  | { op: 'await'; w: number; mask: number; v: number; r: number }
  /** Waits for the word to be `v`, then adds `d` to it, in one step; `quiet`: nobody uses what it was. */
  | { op: 'acquire'; w: number; mask: number; v: number; d: number; quiet: boolean }
  | { op: 'choose'; n: number; r: number }
  /** Skips the next operation unless the register is `v`. */
  | { op: 'if'; r: number; v: number }
  /** A violation if the register is `v`. */
  | { op: 'fail'; r: number; v: number }
  | { op: 'store64'; p: number; lo: number; hi: number }
  | { op: 'load64'; p: number; r: number }
  | { op: 'xchg64'; p: number; r: number; lo: number; hi: number }
  | { op: 'cas64'; p: number; r: number; old: number; v: number }
  | { op: 'ipi' | 'ipiX2apic'; to: number; vector: number }
  | { op: 'nmi' | 'nmiX2apic'; to: number }
  | { op: 'cli' | 'sti' | 'hlt' | 'stiHlt' };

export interface Program {
  cpus: Op[][];
  /** Handler of each CPU; none: no interrupts. */
  handlers: Op[][] | null;
  /** NMI handler of each CPU; none: no NMIs. */
  nmis?: Op[][];
}

export const WORDS = 4;
export const REGISTERS = 4;

/** Mostly the first two words, so that CPUs meet. */
const word = fc.nat(2 * WORDS - 1).map((k) => (k < WORDS ? k : k % 2));
const even = fc.nat(3).map((k) => (k < 3 ? 0 : 2));
const value = fc.integer({ min: 0, max: 2 });
const r = fc.nat(REGISTERS - 2); // 64-bit loads take two

export const plainOps: fc.Arbitrary<Op>[] = [
  fc.record({ op: fc.constant('store'), w: word, v: value }),
  fc.record({ op: fc.constant('load'), w: word, r }),
  fc.record({ op: fc.constant('store'), w: word, v: value }),
  fc.record({ op: fc.constant('load'), w: word, r }),
  fc.record({ op: fc.constant('storeReg'), w: word, r }),
  fc.record({ op: fc.constant('fence') }),
  fc.record({ op: fc.constantFrom('xchg', 'add'), w: word, r, v: value }),
  fc.record({ op: fc.constant('cas'), w: word, r, old: value, v: value }),
  fc.record({ op: fc.constant('if'), r, v: value }),
  fc.record({ op: fc.constant('choose'), n: fc.integer({ min: 2, max: 3 }), r }),
  fc.record({ op: fc.constant('store64'), p: even, lo: value, hi: value }),
  fc.record({ op: fc.constant('load64'), p: even, r }),
  fc.record({ op: fc.constant('xchg64'), p: even, r, lo: value, hi: value }),
  fc.record({ op: fc.constant('cas64'), p: even, r, old: value, v: value }),
] as fc.Arbitrary<Op>[];

export const waitOps: fc.Arbitrary<Op>[] = [
  fc.record({ op: fc.constant('await'), w: word, mask: fc.constantFrom(-1, 1), v: fc.nat(1), r }),
  fc.record({
    op: fc.constant('acquire'),
    w: word,
    mask: fc.constantFrom(-1, 1),
    v: fc.nat(1),
    d: fc.constant(1),
    quiet: fc.constant(false),
  }),
] as fc.Arbitrary<Op>[];

export const updateOps: fc.Arbitrary<Op>[] = [
  fc.record({ op: fc.constant('update'), w: word, fn: fc.constantFrom('add', 'add', 'or', 'and'), v: fc.integer({ min: -1, max: 2 }) }),
] as fc.Arbitrary<Op>[];

/** Waits whose result nobody uses: for bits below those that they change, as readers of a lock do, and for bits that they change. */
export const quietWaits: fc.Arbitrary<Op>[] = [
  fc.record({
    op: fc.constant('acquire'),
    w: word,
    mask: fc.constantFrom(1, 1, 2, -1),
    v: fc.constant(0),
    d: fc.constantFrom(2, 2, 1),
    quiet: fc.constant(true),
  }),
] as fc.Arbitrary<Op>[];

export const interruptOps = (cpus: number): fc.Arbitrary<Op>[] =>
  [
    fc.record({ op: fc.constantFrom('ipi', 'ipiX2apic'), to: fc.nat(cpus - 1), vector: fc.nat(1) }),
    fc.record({ op: fc.constantFrom('ipi', 'ipiX2apic'), to: fc.nat(cpus - 1), vector: fc.nat(1) }),
    fc.constant({ op: 'cli' }),
    fc.constant({ op: 'sti' }),
  ] as fc.Arbitrary<Op>[];

/** Programs of two or three CPUs with at most `longest` operations each. */
export function programs(ops: fc.Arbitrary<Op>[], longest: number): fc.Arbitrary<Program> {
  const code = fc.array(fc.oneof(...ops), { maxLength: longest, size: 'max' });
  return fc
    .array(code, { minLength: 2, maxLength: 3 })
    .map((cpus) => ({ cpus: cpus.length === 3 ? cpus.map((c) => c.slice(0, longest - 1)) : cpus, handlers: null }));
}

/** The same with interrupts. Handlers wait for nothing; no more than `sends` interrupts are sent. */
export function interruptedPrograms(ops: fc.Arbitrary<Op>[], handlerOps: fc.Arbitrary<Op>[], longest: number): fc.Arbitrary<Program> {
  const code = fc.array(fc.oneof(...ops, ...interruptOps(2)), { maxLength: longest, size: 'max' });
  const handler = fc.array(fc.oneof(...handlerOps), { maxLength: 3, size: 'max' });
  return fc.record({ cpus: fc.tuple(code, code), handlers: fc.tuple(handler, handler) });
}

const nmiOps: fc.Arbitrary<Op>[] = [
  fc.record({ op: fc.constantFrom('nmi', 'nmiX2apic'), to: fc.nat(1) }),
  fc.record({ op: fc.constantFrom('nmi', 'nmiX2apic'), to: fc.nat(1) }),
] as fc.Arbitrary<Op>[];

/** The same with NMIs, which handlers may send too. */
export function nmiPrograms(ops: fc.Arbitrary<Op>[], handlerOps: fc.Arbitrary<Op>[], longest: number): fc.Arbitrary<Program> {
  const nmi = fc.array(fc.oneof(...handlerOps), { maxLength: 3, size: 'max' });
  const rest = interruptedPrograms([...ops, ...nmiOps], [...handlerOps, nmiOps[0]!], longest);
  return fc.tuple(rest, nmi, nmi).map(([program, ...nmis]) => ({ ...program, nmis }));
}

/** The same, where one handler fails at its end if two of its registers have given values. */
export function failingPrograms(ops: fc.Arbitrary<Op>[], longest: number): fc.Arbitrary<Program> {
  const end = fc.record({ r1: r, v1: value, r2: r, v2: value });
  return fc.tuple(nmiPrograms(ops, ops, longest), fc.nat(1), fc.boolean(), end).map(([program, cpu, inNmi, { r1, v1, r2, v2 }]) => {
    const fails = (code: Op[], i: number): Op[] => (i === cpu ? [...code, { op: 'if', r: r1, v: v1 }, { op: 'fail', r: r2, v: v2 }] : code);
    return inNmi ? { ...program, nmis: program.nmis!.map(fails) } : { ...program, handlers: program.handlers!.map(fails) };
  });
}

/** The state of an execution that has come upon a violation. */
export const FAILED = 'failed';

const FN = { add: ADD, or: OR, and: AND };

/** How the same program may be put to the machine. */
export interface Style {
  /** Accesses of the upper half of the words are plain ones. */
  plain?: boolean;
  /** Waits are loops: of any number of turns, or of three at most. */
  spins?: 'for ever' | 'three turns';
}

function* spin(c: Vcpu, p: Ptr, mask: number, v: number, turns: number): Code<number> {
  for (let turn = 0; turn < turns; turn++) {
    const word = yield* load(c, p);
    if (((word & mask) ^ v) === 0) return word;
    yield* cpuRelax(c);
  }
  yield* assume(c, false);
  return 0;
}

function* step(c: Vcpu, o: Op, regs: number[], x: (w: number) => Ptr, { plain = false, spins }: Style): Code {
  if (plain && 'w' in o && o.w >= WORDS / 2) {
    if (o.op === 'store') return poke(c, x(o.w), o.v);
    if (o.op === 'load') {
      regs[o.r] = peek(c, x(o.w));
      return;
    }
  }
  if (spins !== undefined && o.op === 'await') {
    regs[o.r] = yield* spin(c, x(o.w), o.mask, o.v, spins === 'for ever' ? Infinity : 3);
    return;
  }
  switch (o.op) {
    case 'store':
      return yield* store(c, x(o.w), o.v);
    case 'storeReg':
      return yield* store(c, x(o.w), regs[o.r]! + 1);
    case 'load':
      regs[o.r] = yield* load(c, x(o.w));
      return;
    case 'fence':
      return yield* mfence(c);
    case 'xchg':
    case 'add':
      regs[o.r] = yield* rmw(c, x(o.w), o.op === 'add' ? ADD : XCHG, o.v);
      return;
    case 'cas':
      regs[o.r] = yield* cmpxchg(c, x(o.w), o.old, o.v);
      return;
    case 'update':
      return yield* update(c, x(o.w), FN[o.fn], o.v);
    case 'await':
      regs[o.r] = yield* waitLoad(c, x(o.w), o.mask, o.v);
      return;
    case 'acquire':
      if (o.quiet) yield* waitUpdate(c, x(o.w), o.mask, o.v, ADD, o.d);
      else yield* waitRmw(c, x(o.w), o.mask, o.v, ADD, o.d);
      return;
    case 'choose':
      regs[o.r] = yield* choose(c, o.n);
      return;
    case 'store64':
      return yield* store64(c, x(o.p), o.lo, o.hi);
    case 'load64':
      regs[o.r] = yield* load64(c, x(o.p));
      regs[o.r + 1] = c.hi >>> 0;
      return;
    case 'xchg64':
      regs[o.r] = yield* xchg64(c, x(o.p), o.lo, o.hi);
      regs[o.r + 1] = c.hi >>> 0;
      return;
    case 'cas64':
      regs[o.r] = (yield* cmpxchg8b(c, x(o.p), o.old, o.old, o.v, o.v)) ? 1 : 0;
      return;
    case 'ipi':
      return yield* sendIpi(c, o.to, o.vector);
    case 'ipiX2apic':
      return yield* sendIpiX2apic(c, o.to, o.vector);
    case 'nmi':
      return yield* sendNmi(c, o.to);
    case 'nmiX2apic':
      return yield* sendNmiX2apic(c, o.to);
    case 'cli':
      return yield* cli(c);
    case 'sti':
      return yield* sti(c);
    case 'hlt':
      return yield* hlt(c);
    case 'stiHlt':
      return yield* stiHlt(c);
    case 'fail':
      if (regs[o.r] === o.v) violate(c, 'check', FAILED);
      return;
    case 'if':
      return;
  }
}

function* run(c: Vcpu, ops: readonly Op[], regs: number[], x: (w: number) => Ptr, style: Style, ended: () => void): Code {
  regs.fill(0);
  for (let i = 0; i < ops.length; i++) {
    const o = ops[i]!;
    if (o.op === 'if') i += regs[o.r] === o.v ? 0 : 1;
    else yield* step(c, o, regs, x, style);
  }
  ended();
}

export interface BuiltProgram {
  m: Machine;
  /** Registers of programs and handlers, memory, and which programs have ended. */
  state(): string;
}

/** The program on the machine under test. @param depth most stores in a buffer */
export function buildMachine(program: Program, depth = Infinity, style: Style = {}): BuiltProgram {
  const cpus = program.cpus.length;
  const mem = createPhysMem(128, 1);
  const m = new Machine({ cpus, callbacks: 0, interrupts: program.handlers !== null, nmi: program.nmis !== undefined, mem });
  const base = allocObject(mem, WORDS);
  const x = (w: number): Ptr => (base + w) as Ptr;
  const registers = Array.from({ length: 3 * cpus }, () => new Array<number>(REGISTERS).fill(0));
  const ended = new Array<boolean>(cpus).fill(false);
  m.programs = program.cpus.map((ops, i) => [
    (c) => {
      ended[i] = false;
      registers[cpus + i]!.fill(0);
      registers[2 * cpus + i]!.fill(0);
      return run(c, ops, registers[i]!, x, style, () => {
        ended[i] = true;
      });
    },
  ]);
  if (program.handlers !== null) m.handler = (c) => run(c, program.handlers![c.id]!, registers[cpus + c.id]!, x, style, () => {});
  if (program.nmis !== undefined) m.nmiHandler = (c) => run(c, program.nmis![c.id]!, registers[2 * cpus + c.id]!, x, style, () => {});
  m.bufferDepth = depth;
  m.boot(() => [][Symbol.iterator]() as never);
  const state = (): string => {
    if (m.violation?.summary === FAILED) return FAILED;
    const words = Array.from({ length: WORDS }, (_, w) => mem.words[x(w)]! >>> 0);
    return JSON.stringify([registers, words, ended]);
  };
  return { m, state };
}

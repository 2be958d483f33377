// SPDX-License-Identifier: GPL-2.0-only
/**
 * A litmus program as a machine: one vCPU a thread, registers outside memory, locations as words of it.
 */
import { ghostName } from '../../cpu/ghost-name.ts';
import { cli, sendIpi, sendIpiX2apic, sti } from '../../cpu/interrupts.ts';
import { Machine } from '../../cpu/machine.ts';
import { cmpxchg, cmpxchg8b, load, load64, mfence, rmw, store, store64, waitLoad, xchg64 } from '../../cpu/ops.ts';
import { ADD, AND, after, applyRmw, OR, type RmwFn, XCHG, XOR } from '../../cpu/rmw.ts';
import { invlpg, loadLinear, storeLinear, writeCr3 } from '../../cpu/translate.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { addressOf, CR3, FAULTED, frameNamed, framesIn, loadTables, MOST_FRAMES, pageWord, translates, unaccessed } from './pages.ts';
import { allOps, type LitmusOp, type LitmusProgram, registerOf } from './program.ts';

type Registers = Record<string, number>;

export interface LitmusMachine {
  machine: Machine;
  /** The final state, in the order of the program's `vars`, unsigned. */
  state(): number[];
}

export function litmusMachine(program: LitmusProgram): LitmusMachine {
  const tlb = translates(program);
  const mem = createPhysMem(256, tlb ? MOST_FRAMES : 1);
  const cpus = program.threads.length;
  const watched = tlb ? unaccessed(program) : [];
  const machine = new Machine({ cpus, callbacks: 0, interrupts: program.handlers !== undefined, tlb, speculation: watched.length, mem });
  const words = new Map<string, Ptr>();
  const place = (name: string): void => {
    const cell = name.replace(/\.(lo|hi)$/, '');
    if (words.has(cell)) return;
    const p = (tlb ? pageWord(mem, cell) : null) ?? allocObject(mem, 2);
    words
      .set(cell, p)
      .set(`${cell}.lo`, p)
      .set(`${cell}.hi`, (p + 1) as Ptr);
  };
  for (const name of Object.keys(program.init)) place(name);
  for (const op of allOps(program)) if (op.loc !== undefined) place(op.loc);
  for (const name of program.vars) if (registerOf(name) === null) place(name);
  if (tlb) for (const name of framesIn(program)) place(name);
  machine.watched = watched.map((name) => words.get(name)!);
  const registers: Registers[] = program.threads.map(() => ({}));
  const at = (loc: string): Ptr => words.get(loc)!;
  machine.nameOf = (p) => [...words].find(([, q]) => q === p)?.[0] ?? ghostName(machine, p);
  machine.programs = program.threads.map((ops, t) => [
    (c) => {
      for (const r of Object.keys(registers[t]!)) delete registers[t]![r];
      for (const [k, v] of Object.entries(program.rinit)) if (k.startsWith(`${t}:`)) registers[t]![k.slice(k.indexOf(':') + 1)] = v;
      return run(c, ops, registers[t]!, at);
    },
  ]);
  if (program.handlers !== undefined) machine.handler = (c) => run(c, program.handlers![c.id] ?? [], registers[c.id]!, at);
  machine.boot(function* (c) {
    if (tlb) loadTables(machine);
    for (const [k, v] of Object.entries(program.init)) yield* store(c, at(k), v);
  });
  const state = (): number[] =>
    program.vars.map((v) => {
      const r = registerOf(v);
      return (r === null ? mem.words[at(v)]! : (registers[r.thread]![r.register] ?? 0)) >>> 0;
    });
  return { machine, state };
}

function* run(c: Vcpu, ops: readonly LitmusOp[], regs: Registers, at: (loc: string) => Ptr): Code {
  for (const op of ops) yield* step(c, op, regs, op.loc === undefined ? (0 as Ptr) : at(op.loc));
}

const get = (regs: Registers, name: string | number | undefined): number =>
  (typeof name === 'number' ? name : (regs[name ?? ''] ?? 0)) >>> 0;

function* step(c: Vcpu, op: LitmusOp, regs: Registers, p: Ptr): Code {
  if (op.va !== undefined && op.op !== 'invlpg') return yield* throughPage(c, op, regs, addressOf(op.va));
  const operand = op.imm !== undefined ? op.imm : get(regs, op.reg);
  switch (op.op) {
    case 'store':
      return yield* store(c, p, operand);
    case 'load':
      regs[op.reg!] = yield* load(c, p);
      return;
    case 'mfence':
      return yield* mfence(c);
    case 'movi':
      regs[op.reg!] = op.imm! >>> 0;
      return;
    case 'mov':
      regs[op.dst ?? op.reg!] = get(regs, op.src);
      return;
    case 'xchg':
      regs[op.reg!] = yield* rmw(c, p, XCHG, op.imm ?? get(regs, op.reg));
      return;
    case 'add':
    case 'inc':
      return yield* arithmetic(c, op, regs, p, ADD, op.op === 'inc' ? 1 : operand);
    case 'dec':
      return yield* arithmetic(c, op, regs, p, ADD, -1);
    case 'xor':
      return yield* arithmetic(c, op, regs, p, XOR, operand);
    case 'and':
      return yield* arithmetic(c, op, regs, p, AND, operand);
    case 'or':
      return yield* arithmetic(c, op, regs, p, OR, operand);
    case 'xadd': {
      const old = op.lock === false ? yield* unlockedAdd(c, p, get(regs, op.reg)) : yield* rmw(c, p, ADD, get(regs, op.reg));
      regs[op.reg!] = old;
      return;
    }
    case 'cmpxchg': {
      const old = yield* cmpxchg(c, p, get(regs, 'eax'), get(regs, op.reg));
      regs.eax = old;
      return;
    }
    case 'until':
      yield* waitLoad(c, p, -1, operand);
      return;
    default:
      return yield* special(c, op, regs, p);
  }
}

function* throughPage(c: Vcpu, op: LitmusOp, regs: Registers, va: number): Code {
  let value = 0;
  if (op.op === 'load') value = yield* loadLinear(c, va, 0);
  else yield* storeLinear(c, va, 0, op.imm ?? get(regs, op.src));
  const faulted = c.fault !== NO_FAULT;
  if (op.reg !== undefined) regs[op.reg] = faulted ? FAULTED : value;
  // The word is that of the load that has just been done, or of the store that has just been issued.
  if (op.reached !== undefined) regs[op.reached] = faulted ? FAULTED : frameNamed(c.m.mem, op.op === 'load' ? c.at : newestStore(c));
}

const newestStore = ({ buffer: b }: Vcpu): Ptr => b.at[b.issued - 1]! as Ptr;

function* unlockedAdd(c: Vcpu, p: Ptr, d: number): Code<number> {
  const old = yield* load(c, p);
  yield* store(c, p, old + d);
  return old;
}

function* arithmetic(c: Vcpu, op: LitmusOp, regs: Registers, p: Ptr, fn: RmwFn, operand: number): Code {
  if (op.dst !== undefined) {
    applyRmw(fn, operand, 0, 0, 0, get(regs, op.dst), 0, 0);
    regs[op.dst] = after[0]! >>> 0;
    return;
  }
  if (op.lock !== false) {
    yield* rmw(c, p, fn, operand);
    return;
  }
  applyRmw(fn, operand, 0, 0, 0, yield* load(c, p), 0, 0);
  yield* store(c, p, after[0]!);
}

function* special(c: Vcpu, op: LitmusOp, regs: Registers, p: Ptr): Code {
  const lo = typeof op.lo === 'string' ? op.lo : '';
  const hi = typeof op.hi === 'string' ? op.hi : '';
  switch (op.op) {
    case 'store64':
      return yield* store64(c, p, get(regs, op.lo), get(regs, op.hi));
    case 'load64':
      regs[lo] = yield* load64(c, p);
      regs[hi] = c.hi >>> 0;
      return;
    case 'xchg64':
      regs[lo] = yield* xchg64(c, p, get(regs, lo), get(regs, hi));
      regs[hi] = c.hi >>> 0;
      return;
    case 'cmpxchg8b':
      yield* cmpxchg8b(c, p, get(regs, 'eax'), get(regs, 'edx'), get(regs, 'ebx'), get(regs, 'ecx'));
      regs.eax = c.value >>> 0;
      regs.edx = c.hi >>> 0;
      return;
    case 'ipi':
      return yield* sendIpi(c, op.to!, 0);
    case 'ipi_weak':
      return yield* sendIpiX2apic(c, op.to!, 0);
    case 'cli':
      return yield* cli(c);
    case 'sti':
      return yield* sti(c);
    case 'invlpg':
      return yield* invlpg(c, addressOf(op.va!));
    case 'load_cr3':
      return yield* writeCr3(c, CR3);
  }
}

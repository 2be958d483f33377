// SPDX-License-Identifier: GPL-2.0-only
/**
 * One instruction of a .litmus file. X86 has Intel's order of operands, X86_64 AT&T's; brackets and parentheses, upper and lower case, and % before
 * a register are the reader's choice in both, as for herd7.
 */
import type { Token } from './lexer.ts';
import type { Dialect, LitmusOp } from './program.ts';
import { registerNamed, type Words } from './words.ts';

export interface Column {
  readonly cpu: number;
  readonly handler: boolean;
  readonly ops: LitmusOp[];
  readonly dialect: Dialect;
  /** The page-table entries of the test. */
  readonly entries: ReadonlySet<string>;
  /** The registers that hold an address, as long as nothing else is written to them. */
  readonly addresses: Map<string, string>;
}

interface Memory {
  loc?: string;
  va?: string;
}

/** One of the four. */
interface Operand {
  token: Token;
  memory?: Memory;
  register?: string;
  value?: number;
  /** 64 bits as two registers or values. */
  pair?: [hi: number | string, lo: number | string];
}

const SIZED = /^(MOV|ADD|XOR|AND|OR|INC|DEC|XCHG|XADD|CMPXCHG)([BWLQ])$/;
const NOTHING: ReadonlySet<string> = new Set(['NOP', 'LFENCE', 'SFENCE']);
const ALONE: Readonly<Record<string, LitmusOp['op']>> = { MFENCE: 'mfence', CLI: 'cli', STI: 'sti' };
const ARITHMETIC: Readonly<Record<string, 'add' | 'xor' | 'and' | 'or'>> = { ADD: 'add', XOR: 'xor', AND: 'and', OR: 'or' };
const LOCKABLE: ReadonlySet<string> = new Set([...Object.keys(ARITHMETIC), 'INC', 'DEC', 'XCHG', 'XADD', 'CMPXCHG', 'CMPXCHG8B']);

/** @param cpus how many vCPUs there are to send interrupts to */
export function parseInstruction(w: Words, column: Column, cpus: number): LitmusOp[] {
  let token = w.name('an instruction');
  const locked = token.text.toUpperCase() === 'LOCK';
  if (locked) token = w.name('an instruction');
  const name = mnemonic(w, token, column);
  if (locked && !LOCKABLE.has(name)) w.bad(token, `${token.text} cannot be locked`);
  const op = parseOp(w, column, token, name, locked, cpus);
  if (op === null) return [];
  for (const register of writtenBy(op)) column.addresses.delete(register);
  return [op];
}

/** The registers that an operation writes. */
function writtenBy({ op, dst, reg, va, lo, hi }: LitmusOp): string[] {
  if (op === 'cmpxchg' || op === 'cmpxchg8b') return ['eax', 'edx'];
  if (op === 'load64' || op === 'xchg64') return [String(lo), String(hi)];
  const written = ['load', 'movi', 'xchg', 'xadd'].includes(op) || (op === 'store' && va !== undefined) ? reg : dst;
  return written === undefined ? [] : [written];
}

/** Without the suffix that says how wide the operands are. */
function mnemonic(w: Words, token: Token, { dialect }: Column): string {
  const name = token.text.toUpperCase();
  const [, base, size] = SIZED.exec(name) ?? [];
  if (base === undefined || (dialect === 'X86' && (name === 'MOVQ' || name === 'XCHGQ'))) return name;
  if (size === 'B' || size === 'W') w.bad(token, `${token.text}: accesses of 8 and 16 bits are not supported`);
  return base;
}

/** @returns null for an instruction that does nothing here */
function parseOp(w: Words, column: Column, token: Token, name: string, locked: boolean, cpus: number): LitmusOp | null {
  if (NOTHING.has(name)) return null;
  if (name in ALONE) return { op: ALONE[name]! };
  if (name === 'IPI' || name === 'X2IPI') {
    w.take('$');
    const place = w.peek();
    const to = w.word();
    if (to >= cpus) w.bad(place, `there is no P${to}`);
    return { op: name === 'IPI' ? 'ipi' : 'ipi_weak', to };
  }
  if (name === 'MOV' && w.peek().text.toUpperCase() === 'CR3') {
    w.next();
    return { op: 'load_cr3' };
  }
  const known = name in ARITHMETIC || LOCKABLE.has(name) || ['MOV', 'MOVQ', 'XCHGQ', 'UNTIL', 'INVLPG'].includes(name);
  if (!known) w.bad(token, `'${token.text}' is no instruction known here`);
  const operands = [parseOperand(w, column)];
  while (w.take(',')) operands.push(parseOperand(w, column));
  return build({ w, column, token, operands }, name, locked);
}

function parseOperand(w: Words, column: Column): Operand {
  const token = w.peek();
  if (w.is('[') || w.is('(')) return { token, memory: parseMemory(w, column) };
  const immediate = w.take('$');
  if (!immediate && (w.is('%') || w.peek().kind === 'name')) {
    const register = w.register();
    return w.take(':') ? { token, pair: [register, w.register()] } : { token, register };
  }
  const value = w.value();
  return w.take(':') ? { token, pair: [value, w.word()] } : { token, value };
}

function parseMemory(w: Words, { addresses, entries }: Column): Memory {
  const close = w.next().text === '[' ? ']' : ')';
  const place = w.peek();
  let name: string;
  const register = w.is('%') || registerNamed(place.text) !== null ? w.register() : null;
  if (register !== null)
    name = addresses.get(register) ?? w.bad(place, `${place.text}: a register holds an address only if it starts with one`);
  else name = w.location().text;
  w.expect(close);
  if (!entries.has(`pte_${name}`)) return { loc: name };
  return { va: name };
}

/** What an instruction is made of, for the functions below. */
interface Parts {
  w: Words;
  column: Column;
  token: Token;
  operands: readonly Operand[];
}

function twoOf(parts: Parts): [target: Operand, source: Operand] {
  const { w, column, token, operands } = parts;
  const [a, b] = operands;
  if (a === undefined || b === undefined || operands.length > 2) return w.bad(token, `${token.text} has two operands`);
  return column.dialect === 'X86' ? [a, b] : [b, a];
}

/** A location that is no page. */
function plain({ w, token }: Parts, { memory, token: place }: Operand): string {
  if (memory === undefined) return w.bad(place, `${token.text} has a location here, such as [x]`);
  return memory.loc ?? w.bad(place, `'${memory.va}' is a page: only MOV and INVLPG use one`);
}

/** What arithmetic changes: a location, or a register. */
function destination(parts: Parts, to: Operand, lock: boolean): { loc: string; lock: boolean } | { dst: string } {
  if (to.register === undefined || lock) return { loc: plain(parts, to), lock };
  return { dst: to.register };
}

/** The operand in memory, wherever it stands, and the other one. */
function memoryAnd(parts: Parts): [loc: string, other: Operand] {
  const [a, b] = twoOf(parts);
  return a.memory === undefined && b.memory !== undefined ? [plain(parts, b), a] : [plain(parts, a), b];
}

const registerIn = ({ w, token }: Parts, o: Operand): string => o.register ?? w.bad(o.token, `${token.text} has a register here`);

function sourceOf({ w, token }: Parts, { register, value, token: place }: Operand): { imm: number } | { reg: string } {
  if (value !== undefined) return { imm: value };
  return register !== undefined ? { reg: register } : w.bad(place, `${token.text} has a register or a value here`);
}

function numberOf({ w, token }: Parts, o: Operand): number {
  return o.value ?? w.bad(o.token, `${token.text} has a value here`);
}

function mov(parts: Parts): LitmusOp {
  const [to, from] = twoOf(parts);
  const page = to.memory?.va === undefined ? from : to;
  if (parts.column.handler && page.memory?.va !== undefined)
    parts.w.bad(page.token, `'${page.memory.va}' is a page: a handler accesses none`);
  if (to.memory !== undefined) return movToMemory(parts, to.memory, from);
  const reg = registerIn(parts, to);
  if (from.memory !== undefined) return { op: 'load', reg, ...from.memory };
  return from.register !== undefined ? { op: 'mov', dst: reg, src: from.register } : { op: 'movi', reg, imm: numberOf(parts, from) };
}

function movToMemory(parts: Parts, to: Memory, from: Operand): LitmusOp {
  const source = sourceOf(parts, from);
  if (to.va === undefined) return { op: 'store', ...to, ...source };
  const stored = 'imm' in source ? source : { src: source.reg };
  return { op: 'store', ...to, ...stored, ...(parts.w.take('FAULT') && { reg: parts.w.register() }) };
}

/** 8 bytes: a location and two registers, or two values, high half first. */
function movq(parts: Parts): LitmusOp {
  const [to, from] = twoOf(parts);
  const { pair, token } = to.memory === undefined ? to : from;
  const [hi, lo] = pair ?? parts.w.bad(token, `${parts.token.text} has two halves here, such as EDX:EAX or $2:1`);
  const loc = plain(parts, to.memory === undefined ? from : to);
  if (to.memory !== undefined && typeof lo === 'string') parts.w.bad(token, 'what is stored at once is two values, such as $2:1');
  if (to.memory === undefined && typeof lo !== 'string') parts.w.bad(token, 'what is loaded goes to two registers, such as EDX:EAX');
  return { op: to.memory === undefined ? 'load64' : 'store64', loc, lo, hi };
}

function xchgq(parts: Parts): LitmusOp {
  const [loc, { pair, token }] = memoryAnd(parts);
  const [hi, lo] = pair ?? parts.w.bad(token, `${parts.token.text} has two registers here, such as EDX:EAX`);
  if (typeof lo !== 'string') parts.w.bad(token, `${parts.token.text} has two registers here, such as EDX:EAX`);
  return { op: 'xchg64', loc, lo, hi };
}

function only(parts: Parts): Operand {
  const { w, token, operands } = parts;
  return operands.length === 1 ? operands[0]! : w.bad(token, `${token.text} has one operand`);
}

function build(parts: Parts, name: string, locked: boolean): LitmusOp {
  const { w, token } = parts;
  switch (name) {
    case 'MOV':
      return mov(parts);
    case 'MOVQ':
      return movq(parts);
    case 'XCHGQ':
      return xchgq(parts);
    case 'INC':
    case 'DEC':
      return { op: name === 'INC' ? 'inc' : 'dec', ...destination(parts, only(parts), locked) };
    case 'XCHG':
    case 'XADD':
    case 'CMPXCHG': {
      if (name === 'CMPXCHG' && !locked) w.bad(token, `${token.text} is supported with LOCK only`);
      const [loc, other] = memoryAnd(parts);
      const op = { op: name.toLowerCase() as LitmusOp['op'], loc, reg: registerIn(parts, other) };
      return name === 'XCHG' ? op : { ...op, lock: locked };
    }
    case 'CMPXCHG8B':
      if (!locked) w.bad(token, `${token.text} is supported with LOCK only`);
      return { op: 'cmpxchg8b', loc: plain(parts, only(parts)) };
    case 'UNTIL': {
      const [loc, other] = memoryAnd(parts);
      return { op: 'until', loc, imm: numberOf(parts, other) };
    }
    case 'INVLPG': {
      const { memory, token: place } = only(parts);
      return { op: 'invlpg', va: memory?.va ?? w.bad(place, `${token.text} has a page here, one that has an entry such as pte_x`) };
    }
    default: {
      const [to, from] = twoOf(parts);
      return { op: ARITHMETIC[name]!, ...destination(parts, to, locked), ...sourceOf(parts, from) };
    }
  }
}

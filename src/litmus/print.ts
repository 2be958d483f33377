// SPDX-License-Identifier: GPL-2.0-only
/**
 * A litmus test as a .litmus file: what parse.ts reads. The syntax is docs/litmus.md.
 */
import type { Expression } from './condition.ts';
import { isEntry } from './pages.ts';
import { allOps, type LitmusOp, type LitmusProgram, type LitmusTest, registerOf } from './program.ts';
import { ENTRY_BITS, entryText, faultRegisters, valueText } from './values.ts';

/** With the first of its conditions: a file has one. */
export function litmusText({ program, observed, conditions, filter }: LitmusTest): string {
  const parts = [
    `X86 ${program.name}`,
    initText(program),
    tableText(program).join('\n'),
    `locations [${observed
      .map(shown)
      .map((v) => `${v};`)
      .join(' ')}]`,
  ];
  const faulting = faultRegisters(program);
  if (filter !== null) parts.push(`filter (${expressionText(filter, faulting)})`);
  const [first] = conditions;
  if (first !== undefined) parts.push(`${first.quantifier} (${expressionText(first.expression, faulting)})`);
  return `${parts.join('\n')}\n`;
}

/** A variable as conditions have it: registers in capitals. */
export function shown(name: string): string {
  const r = registerOf(name);
  return r === null ? name : `${r.thread}:${r.register.toUpperCase()}`;
}

function initText({ init, rinit }: LitmusProgram): string {
  const values = [
    ...Object.entries(init).map(([name, v]) => `${name}=${immediate(name, v)};`),
    ...Object.entries(rinit).map(([name, v]) => `${shown(name)}=${v >>> 0};`),
  ];
  return values.length === 0 ? '{ }' : `{ ${values.join(' ')} }`;
}

/** Columns for the programs, then for the handlers that do something; without interrupts none. */
export function tableText(program: LitmusProgram): string[] {
  const columns = program.threads.map((ops, t) => [`P${t}`, ...ops.flatMap(opText)]);
  const handlers = program.handlers ?? [];
  // A column, be it an empty one, says that there are interrupts, where no instruction does.
  const silent = handlers.every((ops) => ops.length === 0) && !allOps(program).some((op) => INTERRUPTS.has(op.op));
  for (const [t, ops] of handlers.entries()) if (ops.length > 0 || (silent && t === 0)) columns.push([`H${t}`, ...ops.flatMap(opText)]);
  const widths = columns.map((column) => Math.max(...column.map((text) => text.length)));
  const height = Math.max(...columns.map((column) => column.length));
  const row = (y: number): string => columns.map((column, x) => (column[y] ?? '').padEnd(widths[x]!)).join(' | ');
  return Array.from({ length: height }, (_, y) => ` ${row(y)} ;`);
}

const INTERRUPTS = new Set<string>(['ipi', 'ipi_weak', 'cli', 'sti']);

const immediate = (loc: string | undefined, v: number): string =>
  (loc !== undefined && isEntry(loc) ? entryText(v) : null) ?? (v > 0xffff ? `0x${v.toString(16)}` : String(v));

/** One operation as one instruction, or two. */
function opText(op: LitmusOp): string[] {
  const at = `[${op.va ?? op.loc}]`;
  const reg = (op.reg ?? '').toUpperCase();
  const operand = op.imm !== undefined ? `$${immediate(op.loc, op.imm)}` : (op.va === undefined ? reg : (op.src ?? '')).toUpperCase();
  const pair = `${op.hi}:${op.lo}`.toUpperCase();
  switch (op.op) {
    case 'store':
      return [`MOV ${at},${operand}${op.va !== undefined && op.reg !== undefined ? ` FAULT ${reg}` : ''}`];
    case 'load':
      return [`MOV ${reg},${at}`];
    case 'movi':
      return [`MOV ${reg},${operand}`];
    case 'mov':
      return [`MOV ${op.dst},${op.src}`.toUpperCase()];
    case 'xchg':
      return op.imm === undefined ? [`XCHG ${at},${reg}`] : [`MOV ${reg},${operand}`, `XCHG ${at},${reg}`];
    case 'inc':
    case 'dec':
      return [`${lock(op)}${op.op.toUpperCase()} ${at}`];
    case 'add':
    case 'xor':
    case 'and':
    case 'or':
    case 'xadd':
    case 'cmpxchg':
      return [`${lock(op)}${op.op.toUpperCase()} ${at},${operand}`];
    case 'store64':
      return [`MOVQ ${at},$${op.hi}:${op.lo}`];
    case 'load64':
      return [`MOVQ ${pair},${at}`];
    case 'xchg64':
      return [`XCHGQ ${at},${pair}`];
    case 'cmpxchg8b':
      return [`LOCK CMPXCHG8B ${at}`];
    case 'until':
      return [`UNTIL ${at},${operand}`];
    case 'ipi':
      return [`IPI $${op.to}`];
    case 'ipi_weak':
      return [`X2IPI $${op.to}`];
    case 'invlpg':
      return [`INVLPG ${at}`];
    case 'load_cr3':
      return ['MOV CR3'];
    case 'mfence':
    case 'cli':
    case 'sti':
      return [op.op.toUpperCase()];
  }
}

const lock = (op: LitmusOp): string => (op.lock === false ? '' : 'LOCK ');

export function expressionText(e: Expression, faulting: ReadonlySet<string>): string {
  switch (e[0]) {
    case 'eq':
      return `${shown(e[1])}=${valueText(e[1], e[2], faulting)}`;
    case 'bits':
      return `${e[1]}.${Object.keys(ENTRY_BITS).find((letter) => ENTRY_BITS[letter] === e[2])}=${e[3] === 0 ? 0 : 1}`;
    case 'not':
      return `~${nested(e[1], faulting)}`;
    default: {
      const parts = e.slice(1) as Expression[];
      if (parts.length === 0) return e[0] === 'and' ? 'true' : 'false';
      return parts.map((part) => nested(part, faulting)).join(e[0] === 'and' ? ' /\\ ' : ' \\/ ');
    }
  }
}

/** In parentheses unless it is a single comparison. */
function nested(e: Expression, faulting: ReadonlySet<string>): string {
  const text = expressionText(e, faulting);
  return e[0] === 'eq' || e[0] === 'bits' || text === 'true' || text === 'false' ? text : `(${text})`;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * A litmus test as a .litmus file: what parse.ts reads. The syntax is docs/litmus.md.
 */
import { Naming } from './naming.ts';
import { isEntry } from './pages.ts';
import { type LitmusOp, type LitmusProgram, type LitmusTest, registerOf, sendsOrMasks } from './program.ts';
import { entryText } from './values.ts';

/** With the first of its conditions: a file has one. Registers are written as X86 has them. */
export function litmusText({ program, observed, conditions, filter }: LitmusTest): string {
  const naming = new Naming(program, 'X86');
  const listed = observed.map((name) => `${registerOf(name) === null ? name : naming.variable(name)};`);
  const parts = [`X86 ${program.name}`, initText(program, naming), ...tableText(program), `locations [${listed.join(' ')}]`];
  if (filter !== null) parts.push(`filter (${naming.expression(filter)})`);
  const [first] = conditions;
  if (first !== undefined) parts.push(`${first.quantifier} (${naming.expression(first.expression)})`);
  return `${parts.join('\n')}\n`;
}

function initText({ init, rinit }: LitmusProgram, naming: Naming): string {
  const values = [
    ...Object.entries(init).map(([name, v]) => `${name}=${immediate(name, v)};`),
    ...Object.entries(rinit).map(([name, v]) => `${naming.variable(name)}=${v >>> 0};`),
  ];
  return values.length === 0 ? '{ }' : `{ ${values.join(' ')} }`;
}

/** Columns for the programs, then for the handlers that do something; without interrupts none. */
export function tableText(program: LitmusProgram): string[] {
  const columns = program.threads.map((ops, t) => [`P${t}`, ...ops.flatMap(opText)]);
  const handlers = program.handlers ?? [];
  // A column, be it an empty one, says that there are interrupts, where no instruction does.
  const silent = handlers.every((ops) => ops.length === 0) && !sendsOrMasks(program);
  for (const [t, ops] of handlers.entries()) if (ops.length > 0 || (silent && t === 0)) columns.push([`H${t}`, ...ops.flatMap(opText)]);
  const widths = columns.map((column) => Math.max(...column.map((text) => text.length)));
  const height = Math.max(...columns.map((column) => column.length));
  const row = (y: number): string => columns.map((column, x) => (column[y] ?? '').padEnd(widths[x]!)).join(' | ');
  return Array.from({ length: height }, (_, y) => ` ${row(y)} ;`);
}

const immediate = (loc: string | undefined, v: number): string =>
  (loc !== undefined && isEntry(loc) ? entryText(v) : null) ?? (v > 0xffff ? `0x${v.toString(16)}` : String(v));

/** One operation as one instruction, or two. */
function opText(op: LitmusOp): string[] {
  const at = op.dst?.toUpperCase() ?? `[${op.va ?? op.loc}]`;
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
      return [`MOV ${at},${op.src!.toUpperCase()}`];
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

const lock = (op: LitmusOp): string => (op.lock === false || op.dst !== undefined ? '' : 'LOCK ');

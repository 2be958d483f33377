// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reads a line of litmus vectors: a program with the exact set of final states that are allowed. Format: test/vectors/litmus/README.md.
 */
import type { Expression } from '../../litmus/condition.ts';
import { isEntry } from '../../litmus/pages.ts';
import { type LitmusOp, type LitmusProgram, OPERATIONS, type Quantifier, registerOf, sendsOrMasks } from '../../litmus/program.ts';
import { type Field, readObject } from '../field.ts';

export type Frequency = 'never' | 'sometimes' | 'always';

export interface RecordedCondition {
  name: string;
  quantifier: Quantifier;
  expression: Expression;
  /** How often it is true. */
  frequency: Frequency;
}

export interface LitmusRecord extends LitmusProgram {
  suite: string;
  /** Every final state that is allowed, ascending. */
  states: number[][];
  /** Executions that differ in reads-from or coherence, under TSO. */
  graphs: number | null;
  conditions: RecordedCondition[];
}

const WORD = [-(2 ** 31), 2 ** 32 - 1] as const;
const FREQUENCIES: readonly Frequency[] = ['never', 'sometimes', 'always'];
const QUANTIFIERS: readonly Quantifier[] = ['exists', 'forall', '~exists'];
const MOST_CPUS = 8;

type Part = 'loc' | 'reg' | 'src' | 'dst' | 'imm' | 'to' | 'va' | 'lo' | 'hi';
type Operand = Part | 'imm|reg' | 'loc|va';

/** What each operation has to have; `a|b` is one of the two. */
const OPERANDS: Record<LitmusOp['op'], readonly Operand[]> = {
  store: ['loc|va', 'imm|reg'],
  load: ['reg', 'loc|va'],
  movi: ['reg', 'imm'],
  mov: ['dst', 'src'],
  mfence: [],
  xchg: ['reg', 'loc'],
  add: ['loc', 'imm|reg'],
  xor: ['loc', 'imm|reg'],
  and: ['loc', 'imm|reg'],
  or: ['loc', 'imm|reg'],
  inc: ['loc'],
  dec: ['loc'],
  xadd: ['loc', 'reg'],
  cmpxchg: ['loc', 'reg'],
  store64: ['loc', 'lo', 'hi'],
  load64: ['loc', 'lo', 'hi'],
  xchg64: ['loc', 'lo', 'hi'],
  cmpxchg8b: ['loc'],
  until: ['loc', 'imm'],
  ipi: ['to'],
  ipi_weak: ['to'],
  cli: [],
  sti: [],
  invlpg: ['va'],
  load_cr3: [],
};

/** One record has values of 64 bits, of which JSON.parse would round: they are cut to 32 before that. */
export const readLine = (line: string, place: string): Field =>
  readObject(
    line.replace(
      /([:,]\s*)(\d{16,})(?=\s*[,}\]])/g,
      (_, before: string, digits: string) => before + String(BigInt.asUintN(32, BigInt(digits))),
    ),
    place,
  );

/** @throws UsageError naming the place and the field */
export function parseRecord(f: Field): LitmusRecord {
  const init = f.get(f.get('init').missing ? 'mem' : 'init');
  const rinit = f.get(f.get('rinit').missing ? 'regs' : 'rinit');
  const states = f.get(f.get('tso').missing ? 'allowed' : 'tso');
  const threads = f.get('threads').list();
  if (threads.length === 0 || threads.length > MOST_CPUS) f.get('threads').bad(`not 1 to ${MOST_CPUS} threads`);
  const locations = init.members().map(([name]) => name);
  const ops = (list: Field): LitmusOp[] => list.list().map((op) => parseOp(op, threads.length, locations));
  const handlerOps = (list: Field): LitmusOp[] => list.list().map((op) => parseHandlerOp(op, threads.length, locations));
  const handlers = f.get('handlers');
  const program: LitmusProgram = {
    name: f.get('name').text(),
    init: words(init),
    rinit: rinit.missing ? {} : words(rinit),
    threads: threads.map(ops),
    ...(!handlers.missing && { handlers: handlers.list().map(handlerOps) }),
    vars: f
      .get('vars')
      .list()
      .map((v) => variable(v, threads.length)),
  };
  const { vars } = program;
  if (handlers.missing && sendsOrMasks(program)) handlers.bad('missing');
  const graphs = f.get('graphs');
  return {
    ...program,
    suite: f.get('suite').text(),
    states: states.list().map((s) => state(s, vars.length)),
    graphs: graphs.missing ? null : graphs.get('tso').integer(1, Number.MAX_SAFE_INTEGER),
    conditions: f.get('conditions').missing
      ? []
      : f
          .get('conditions')
          .list()
          .map((c) => parseCondition(c, vars)),
  };
}

const words = (f: Field): Record<string, number> => Object.fromEntries(f.members().map(([name, v]) => [name, v.integer(...WORD)]));

function variable(f: Field, threads: number): string {
  const name = f.text();
  if ((registerOf(name)?.thread ?? 0) >= threads) f.bad(`there is no thread for '${name}'`);
  return name;
}

function state(f: Field, length: number): number[] {
  const values = f.list().map((v) => v.integer(...WORD) >>> 0);
  if (values.length !== length) f.bad(`${values.length} values for ${length} variables`);
  return values;
}

function parseOp(f: Field, threads: number, locations: readonly string[]): LitmusOp {
  const op: LitmusOp = { op: f.get('op').oneOf(OPERATIONS) };
  // A store through a page may have a register besides.
  const wanted: readonly Operand[] = op.op === 'store' && !f.get('va').missing ? ['va', 'imm'] : OPERANDS[op.op];
  for (const w of wanted) {
    const [one, other] = w.split('|') as [Part, Part?];
    readOperand(f, op, other !== undefined && f.get(one).missing ? other : one, threads);
  }
  if (!f.get('lock').missing) op.lock = f.get('lock').flag();
  if (op.va !== undefined && op.op === 'store' && !f.get('reg').missing) op.reg = f.get('reg').text();
  if (op.op === 'xchg' && !f.get('imm').missing) op.imm = f.get('imm').integer(...WORD);
  if (op.va !== undefined && !locations.includes(`pte_${op.va}`)) f.get('va').bad(`there is no pte_${op.va}`);
  return op;
}

function parseHandlerOp(f: Field, threads: number, locations: readonly string[]): LitmusOp {
  const op = parseOp(f, threads, locations);
  if (op.va !== undefined && op.op !== 'invlpg') f.get('va').bad('a handler accesses no page');
  return op;
}

function readOperand(f: Field, op: LitmusOp, name: Part, threads: number): void {
  const operand = f.get(name);
  if (name === 'imm') op.imm = operand.integer(...WORD);
  else if (name === 'to') op.to = operand.integer(0, threads - 1);
  else if (name === 'lo' || name === 'hi') op[name] = op.op === 'store64' ? operand.integer(...WORD) : operand.text();
  else op[name] = operand.text();
  if (name === 'va' && !isEntry(`pte_${op.va}`)) operand.bad('not a page: a letter from a to z');
}

function parseCondition(f: Field, vars: readonly string[]): RecordedCondition {
  const quantifier = f.get('quant');
  return {
    name: f.get('name').text(),
    quantifier: quantifier.missing ? 'exists' : quantifier.oneOf(QUANTIFIERS),
    expression: parseExpression(f.get('expr'), vars),
    frequency: f.get(f.get('tso').missing ? 'result' : 'tso').oneOf(FREQUENCIES),
  };
}

function parseExpression(f: Field, vars: readonly string[]): Expression {
  const [head, ...rest] = f.list();
  if (head === undefined) return f.bad('an empty expression');
  const op = head.oneOf(['and', 'or', 'not', 'eq'] as const);
  if (op === 'eq') {
    if (rest.length !== 2) f.bad('not ["eq", variable, value]');
    const name = rest[0]!.text();
    if (!vars.includes(name)) rest[0]!.bad(`'${name}' is not one of vars`);
    return ['eq', name, rest[1]!.integer(...WORD)];
  }
  const parts = rest.map((e) => parseExpression(e, vars));
  if (op !== 'not') return [op, ...parts];
  if (parts.length !== 1) f.bad('not ["not", expression]');
  return ['not', parts[0]!];
}

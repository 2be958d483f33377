// SPDX-License-Identifier: GPL-2.0-only
/** Litmus tests printed and read again: what must come back, and random tests to try. */
import fc from 'fast-check';
import type { LitmusRecord } from '../../src/conformance/litmus/record.ts';
import type { Expression } from '../../src/litmus/condition.ts';
import { parseLitmus } from '../../src/litmus/parse.ts';
import { litmusText } from '../../src/litmus/print.ts';
import type { LitmusOp, LitmusProgram, LitmusTest } from '../../src/litmus/program.ts';

export const reread = (test: LitmusTest): LitmusTest => parseLitmus(litmusText(test), 'printed.litmus');

/** A program as the text has it: an exchange with a value is two instructions, what is locked by default says so. */
export function canonical({ init, rinit, threads, handlers }: LitmusProgram): Omit<LitmusProgram, 'name' | 'vars'> {
  const words = (values: Record<string, number>) => Object.fromEntries(Object.entries(values).map(([name, v]) => [name, v >>> 0]));
  const code = (lists: LitmusOp[][]): LitmusOp[][] => lists.map((ops) => ops.flatMap(canonicalOp));
  return { init: words(init), rinit: words(rinit), threads: code(threads), ...(handlers !== undefined && { handlers: code(handlers) }) };
}

function canonicalOp(op: LitmusOp): LitmusOp[] {
  if (op.op === 'xchg' && op.imm !== undefined) {
    return [
      { op: 'movi', reg: op.reg!, imm: op.imm },
      { op: 'xchg', loc: op.loc!, reg: op.reg! },
    ];
  }
  const lockable = ['add', 'xor', 'and', 'or', 'inc', 'dec', 'xadd', 'cmpxchg'].includes(op.op) && op.dst === undefined;
  const { lock, imm, ...rest } = op;
  return [{ ...rest, ...(imm !== undefined && { imm: imm >>> 0 }), ...(lockable && { lock: lock !== false }) }];
}

/** A vector as a test. */
export const testOf = (record: LitmusRecord): LitmusTest => ({
  program: record,
  dialect: 'X86',
  observed: record.vars,
  conditions: record.conditions,
  filter: null,
});

const reg = fc.constantFrom('eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'r8', 'r15');
const loc = fc.constantFrom('x', 'y', 'flag', 'a.b_1', 'p.lo', 'p.hi', 'f0', 'pte_v');
const imm = fc.oneof(fc.nat(3), fc.constantFrom(0x1063, 0x2023, 0x1ff063, 0x80000000, 0xffffffff));
const va = fc.constantFrom('u', 'v');
const lock = fc.boolean();
const arithmetic = fc.constantFrom<LitmusOp['op']>('add', 'xor', 'and', 'or');
const is = (op: LitmusOp['op']) => fc.constant(op);
const half = fc.tuple(reg, reg).filter(([lo, hi]) => lo !== hi);

const handlerOp: fc.Arbitrary<LitmusOp> = fc.oneof(
  fc.record({ op: is('store'), loc, imm }),
  fc.record({ op: is('store'), loc, reg }),
  fc.record({ op: is('load'), reg, loc }),
  fc.record({ op: is('movi'), reg, imm }),
  fc.record({ op: is('mov'), dst: reg, src: reg }),
  fc.record({ op: is('xchg'), reg, loc }),
  fc.record({ op: arithmetic, loc, imm, lock }),
  fc.record({ op: arithmetic, loc, reg, lock }),
  fc.record({ op: arithmetic, dst: reg, imm }),
  fc.record({ op: fc.constantFrom<LitmusOp['op']>('inc', 'dec'), loc, lock }),
  fc.record({ op: fc.constantFrom<LitmusOp['op']>('inc', 'dec'), dst: reg }),
  fc.record({ op: is('xadd'), loc, reg, lock }),
  fc.record({ op: is('cmpxchg'), loc, reg, lock: fc.constant(true) }),
  fc.record({ op: is('cmpxchg8b'), loc: fc.constant('p') }),
  fc.record({ op: is('store64'), loc: fc.constant('p'), lo: imm, hi: imm }),
  half.map(([lo, hi]): LitmusOp => ({ op: 'load64', loc: 'p', lo, hi })),
  half.map(([lo, hi]): LitmusOp => ({ op: 'xchg64', loc: 'p', lo, hi })),
  fc.record({ op: is('until'), loc, imm }),
  fc.record({ op: fc.constantFrom<LitmusOp['op']>('ipi', 'ipi_weak'), to: fc.constant(0) }),
  fc.record({ op: fc.constantFrom<LitmusOp['op']>('mfence', 'cli', 'sti', 'load_cr3') }),
  fc.record({ op: is('invlpg'), va }),
);
const programOp = fc.oneof(
  { weight: 4, arbitrary: handlerOp },
  { weight: 1, arbitrary: fc.record({ op: is('load'), reg, va }) },
  { weight: 1, arbitrary: fc.record({ op: is('store'), va, imm }) },
  { weight: 1, arbitrary: fc.record({ op: is('store'), va, src: reg, reg }) },
);

const variable = fc.oneof(
  loc,
  reg.map((r) => `0:${r}`),
);
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(variable, imm).map(([name, v]): Expression => ['eq', name, v]),
    fc.constantFrom<Expression>(['bits', 'pte_v', 0x40, 0x40], ['bits', 'pte_v', 0x20, 0], ['and'], ['or']),
    tie('expression').map((e): Expression => ['not', e]),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('expression'), { minLength: 2, maxLength: 3 }))
      .map(([op, parts]): Expression => [op, ...parts]),
  ),
}));

/** Each has the pages u and v, and an interrupt handler that does something, or no interrupts at all. */
export const litmusTests: fc.Arbitrary<LitmusTest> = fc
  .record({
    name: fc.constantFrom('SB', '2+2W', 'a/b.c', 'A[1]:x'),
    start: fc.dictionary(fc.constantFrom('x', 'y', 'flag', 'f0', 'p.lo'), imm, { maxKeys: 3 }),
    entries: fc.tuple(imm, imm),
    rinit: fc.dictionary(
      reg.map((r) => `0:${r}`),
      imm,
      { maxKeys: 2 },
    ),
    threads: fc.array(fc.array(programOp, { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    handler: fc.array(handlerOp, { minLength: 1, maxLength: 3 }),
    interrupts: fc.boolean(),
    observed: fc.array(variable, { maxLength: 3 }),
    quantifier: fc.constantFrom('exists' as const, 'forall' as const, '~exists' as const),
    expression,
    filter: fc.option(expression),
  })
  .map(({ start, entries, handler, interrupts, threads: all, observed, quantifier, expression: e, ...rest }): LitmusTest => {
    const needed = ['ipi', 'ipi_weak', 'cli', 'sti'];
    const threads = interrupts ? all : all.map((ops) => ops.filter((op) => !needed.includes(op.op)));
    const { filter, ...named } = rest;
    const init = { ...start, pte_u: entries[0], pte_v: entries[1] };
    const handlers = interrupts ? { handlers: threads.map((_, t) => (t === 0 ? handler : [])) } : {};
    const program: LitmusProgram = { ...named, init, threads, ...handlers, vars: observed };
    return { program, dialect: 'X86', observed, conditions: [{ name: null, quantifier, expression: e }], filter };
  });

// SPDX-License-Identifier: GPL-2.0-only
/**
 * Litmus programs: a few operations on each vCPU, the initial state, and what is asked of the final one. Both readers, that of .litmus files and
 * that of the vectors, make these.
 */
import type { Expression } from './condition.ts';

export const OPERATIONS = [
  ...['store', 'load', 'movi', 'mov', 'mfence', 'xchg', 'add', 'xor', 'and', 'or', 'inc', 'dec', 'xadd', 'cmpxchg'],
  ...['store64', 'load64', 'xchg64', 'cmpxchg8b', 'until', 'ipi', 'ipi_weak', 'cli', 'sti', 'invlpg', 'load_cr3'],
] as const;

/** One operation; which fields it has depends on `op`. */
export interface LitmusOp {
  op: (typeof OPERATIONS)[number];
  loc?: string;
  /** Of a store through a page: becomes FAULTED or 0. */
  reg?: string;
  src?: string;
  /** The register that `mov`, or arithmetic without a location, changes. */
  dst?: string;
  imm?: number;
  /** Halves of 8-byte operations: immediates for store64, register names elsewhere. */
  lo?: number | string;
  hi?: number | string;
  /** Of an arithmetic operation: false is a load and a buffered store. */
  lock?: boolean;
  /** Target of an interrupt. */
  to?: number;
  /** Access through a page. */
  va?: string;
  /** Register that is told which frame an access through a page reached: k for the frame fk. */
  reached?: string;
}

export interface LitmusProgram {
  name: string;
  /** Initial value of each location. */
  init: Record<string, number>;
  /** Registers that do not start at 0, as "thread:register". */
  rinit: Record<string, number>;
  threads: LitmusOp[][];
  /** Interrupt handler of each vCPU; without them there are no interrupts. */
  handlers?: LitmusOp[][];
  /** What a final state consists of, in this order: "thread:register" or a location. */
  vars: string[];
}

export type Dialect = 'X86' | 'X86_64';

export type Quantifier = 'exists' | 'forall' | '~exists';

export interface Condition {
  /** null where a test has but one. */
  name: string | null;
  quantifier: Quantifier;
  expression: Expression;
}

/** A program, and questions about its final states. */
export interface LitmusTest {
  program: LitmusProgram;
  /** How registers are called: EAX or rax. */
  dialect: Dialect;
  /** The variables that are shown: all but those of the filter. */
  observed: string[];
  conditions: Condition[];
  /** Executions for which it is false do not count. */
  filter: Expression | null;
}

export const allOps = (program: LitmusProgram): LitmusOp[] => [...program.threads, ...(program.handlers ?? [])].flat();

const INTERRUPTS: ReadonlySet<LitmusOp['op']> = new Set(['ipi', 'ipi_weak', 'cli', 'sti']);

/** Does the program speak of interrupts itself? */
export const sendsOrMasks = (program: LitmusProgram): boolean => allOps(program).some((op) => INTERRUPTS.has(op.op));

/** "0:eax" as thread and register; null for a location. */
export function registerOf(name: string): { thread: number; register: string } | null {
  const m = /^(\d+):(.+)$/.exec(name);
  return m === null ? null : { thread: Number(m[1]), register: m[2]! };
}

/** Registers by thread and name, then locations; each once. */
export function inOrder(names: readonly string[]): string[] {
  const key = (name: string): string => `${registerOf(name) === null ? 1 : 0}${name}`;
  return [...new Set(names)].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

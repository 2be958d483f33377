// SPDX-License-Identifier: GPL-2.0-only
/**
 * Litmus records: small programs with the exact set of final states that x86-TSO allows. Format: test/vectors/litmus/FORMAT.md.
 */

/** One operation; which fields it has depends on `op`. */
export interface LitmusOp {
  op: string;
  loc?: string;
  reg?: string;
  src?: string;
  dst?: string;
  imm?: number;
  /** Halves of 8-byte operations: immediates for store64, register names elsewhere. */
  lo?: number | string;
  hi?: number | string;
  lock?: boolean;
  /** Target of an interrupt. */
  to?: number;
  /** Access through a page. */
  va?: string;
}

export interface LitmusRecord {
  name: string;
  suite: string;
  /** Initial memory; `mem` in the suite `translation`. */
  init: Record<string, number>;
  rinit: Record<string, number>;
  threads: LitmusOp[][];
  handlers?: LitmusOp[][];
  vars: string[];
  /** Every final state that is allowed. */
  states: number[][];
  /** Executions that differ in reads-from or coherence, under TSO. */
  graphs?: number;
}

/** Reads one line of a vector file. 64-bit initial registers are cut to 32 bits without rounding. */
export function parseRecord(line: string): LitmusRecord {
  const exact = line.replace(/(":\s*)(\d{16,})/g, (_, key: string, digits: string) => key + String(BigInt.asUintN(32, BigInt(digits))));
  const r = JSON.parse(exact) as Omit<LitmusRecord, 'states' | 'graphs'> & {
    mem?: Record<string, number>;
    regs?: Record<string, number>;
    tso?: number[][];
    allowed?: number[][];
    graphs?: { tso: number };
  };
  return {
    name: r.name,
    suite: r.suite,
    init: r.init ?? r.mem ?? {},
    rinit: r.rinit ?? r.regs ?? {},
    threads: r.threads,
    ...(r.handlers === undefined ? {} : { handlers: r.handlers }),
    vars: r.vars,
    states: r.tso ?? r.allowed ?? [],
    ...(r.graphs === undefined ? {} : { graphs: r.graphs.tso }),
  };
}

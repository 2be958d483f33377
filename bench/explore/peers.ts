// SPDX-License-Identifier: GPL-2.0-only
/**
 * What native checkers reached on the programs: executions a CPU second, blocked ones included, on a shared two-core Xeon, without the time that
 * the compiler takes. GenMC 0.10.3 and Nidhugg of 2026-04, both under TSO; they run LLVM code, not a machine.
 */
export interface Peer {
  /** As in src/litmus/optimum.ts. */
  program: string;
  genmc: number;
  nidhugg: number;
}

export const PEERS: readonly Peer[] = [
  { program: 'readers 13', genmc: 43_000, nidhugg: 3900 },
  { program: 'lastzero 10', genmc: 8800, nidhugg: 2500 },
  { program: 'indexer 15', genmc: 1560, nidhugg: 1240 },
  { program: 'fib 5', genmc: 22_000, nidhugg: 12_200 },
  { program: 'sbpairs 9', genmc: 57_700, nidhugg: 13_200 },
  { program: 'writers 7', genmc: 100_000, nidhugg: 8300 },
  { program: 'ticket 5 by assume', genmc: 20_000, nidhugg: 9000 },
  { program: 'spin 5 by assume', genmc: 48_000, nidhugg: 10_200 },
];

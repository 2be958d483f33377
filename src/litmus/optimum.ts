// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many complete executions each benchmark program has at least on x86-TSO: one for every reads-from and coherence graph.
 *
 * Reference: counts on which GenMC 0.10.3, Nidhugg and an axiomatic enumerator agree; those of readers, lastzero and indexer are in GenMC's
 * own tests (tests/correct/synthetic).
 */
import type { Machine } from '../../cpu/machine.ts';
import { dekker, fib, incs, indexer, lastzero, peterson, readers, sb, sbpairs, spin, ticket, writers } from './benchmarks.ts';

export interface Optimum {
  name: string;
  executions: number;
  /** Somebody can wait in vain: executions that end so are counted apart, and more of them is no fault. */
  blocks: boolean;
  /** Takes seconds. */
  long: boolean;
  make: () => Machine;
}

const row = (name: string, executions: number, make: () => Machine, blocks = false): Optimum => ({
  name,
  executions,
  blocks,
  long: executions > 1000,
  make,
});

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

const locks = (n: number): Optimum[] => [
  row(`ticket ${n} by await`, factorial(n), () => ticket(n, 'await')),
  row(`ticket ${n} by assume`, factorial(n), () => ticket(n, 'assume'), true),
  row(`spin ${n} by acquire`, factorial(n), () => spin(n, 'acquire')),
  row(`spin ${n} by assume`, factorial(n), () => spin(n, 'assume'), true),
];

export const OPTIMA: readonly Optimum[] = [
  row('fib 1', 3, () => fib(1)),
  row('fib 2', 20, () => fib(2)),
  row('fib 3', 175, () => fib(3)),
  row('fib 4', 1764, () => fib(4)),
  row('fib 5', 19_404, () => fib(5)),
  row('lastzero 4', 28, () => lastzero(4)),
  row('lastzero 5', 64, () => lastzero(5)),
  row('lastzero 10', 3328, () => lastzero(10)),
  row('lastzero 15', 147_456, () => lastzero(15)),
  row('readers 13', 8192, () => readers(13)),
  row('writers 7', 5040, () => writers(7)),
  row('incs 7', 5040, () => incs(7)),
  row('indexer 12', 8, () => indexer(12)),
  row('indexer 15', 4096, () => indexer(15)),
  row('sb 10', 1024, () => sb(10)),
  row('sbpairs 6', 4096, () => sbpairs(6)),
  row('sbpairs 9', 262_144, () => sbpairs(9)),
  row('peterson 1', 4, () => peterson(1), true),
  row('peterson 2', 48, () => peterson(2), true),
  row('dekker 1', 7, () => dekker(1)),
  row('dekker 2', 107, () => dekker(2)),
  ...locks(3),
  ...locks(4),
  ...locks(5),
];

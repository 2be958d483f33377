// SPDX-License-Identifier: GPL-2.0-only
/** What is measured: rows of the matrix, each a machine, its processes and a range that collapses, and the figures that a row gets. */
import type { Release } from '../../src/kernel/changes.ts';
import type { KernelConfig } from '../../src/kernel/kernel.ts';

export interface Row {
  /** The question that the row belongs to, and what it is called there. */
  question: string;
  name: string;
  /** A collapse; one that fails at its last page; khugepaged's pass over ranges with nothing to do; the first fault after a retraction. */
  what: 'collapse' | 'failure' | 'scan' | 'refault';
  memory: 'anon' | 'shmem';
  /** Pages of the range that are there, evenly spread. */
  present: number;
  /** Processes that have the pages mapped. */
  processes: number;
  /** vCPUs; on each but the process's own one of its threads spins. */
  cpus: number;
  release: Release;
  sync: KernelConfig['sync'];
  /** Ranges that are filled before the first of them collapses: many, and none is in a cache of the host. */
  ranges: number;
  /** Of a scan: what the ranges are. */
  idle?: 'untouched' | 'huge' | 'empty';
}

/** The median and the quartiles. */
export interface Figure {
  median: number;
  low: number;
  high: number;
}

export interface RowResult {
  row: Row;
  /** By name with its unit, such as "ns/page". */
  figures: Record<string, Figure>;
}

const BASE: Row = {
  question: '',
  name: '',
  what: 'collapse',
  memory: 'anon',
  present: 512,
  processes: 1,
  cpus: 1,
  release: '6.6',
  sync: 'under-lock',
  ranges: 32,
};

const MEMORIES = ['anon', 'shmem'] as const;

/** One row for each kind of memory and value. */
function rows<T>(question: string, values: readonly T[], memories: readonly Row['memory'][], row: (v: T) => Partial<Row>): Row[] {
  return memories.flatMap((memory) => values.map((v) => ({ ...BASE, question, memory, name: `${memory}, ${v}`, ...row(v) })));
}

export const ROWS: readonly Row[] = [
  ...rows('present pages', [512, 384, 256, 128, 1], MEMORIES, (present) => ({ present })),
  ...rows('processes', [1, 8, 64, 512], MEMORIES, (processes) => ({ processes, ranges: processes > 1 ? 2 : 8 })),
  ...rows('vCPUs', [1, 2, 4, 8], MEMORIES, (cpus) => ({ cpus })),
  ...rows('release', ['6.5', '6.6'] as const, ['shmem'], (release) => ({ release, processes: 8, cpus: 4, ranges: 8 })),
  ...rows('sync', ['under-lock', 'after-unlock', 'absent'] as const, ['shmem'], (sync) => ({ sync, processes: 8, cpus: 8, ranges: 8 })),
  ...rows('cold and warm', ['warm', 'cold'] as const, MEMORIES, (heat) => ({ ranges: heat === 'warm' ? 2 : 64 })),
  ...rows('failure at the last page', ['pinned'], ['anon'], () => ({ what: 'failure' as const })),
  ...rows('first fault after a retraction', ['second process'], ['shmem'], () => ({ what: 'refault' as const, processes: 2 })),
  ...rows('scan', ['untouched', 'huge', 'empty'] as const, ['anon'], (idle) => ({ what: 'scan' as const, idle, ranges: 64 })),
];

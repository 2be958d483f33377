// SPDX-License-Identifier: GPL-2.0-only
/**
 * The operations of a workload, and what each takes: one table, from which lines are read and the documentation is checked.
 * Reference: docs/workloads.md.
 */

/** What a word of a line stands for. */
export type FieldKind =
  | 'process'
  | 'cpu'
  | 'file'
  | 'kind'
  | 'page'
  | 'count'
  | 'bytes'
  | 'seed'
  | 'stride'
  | 'word'
  | 'address'
  | 'protection'
  | 'backing'
  | 'advice'
  | 'fault'
  | 'mask'
  | 'mode'
  | 'thread'
  | 'key'
  | 'text'
  | 'ro'
  | 'milliseconds'
  | 'for'
  | 'duration';

export interface Form {
  fields: readonly FieldKind[];
  /** So many of them, from the end, may be left out. */
  optional?: number;
}

export const FORMS: Readonly<Record<string, Form>> = {
  spawn: { fields: ['process', 'cpu'] },
  fork: { fields: ['process', 'process'] },
  exit: { fields: ['process'] },
  file: { fields: ['file', 'kind', 'count', 'bytes'], optional: 1 },
  fwrite: { fields: ['file', 'page', 'count', 'seed'] },
  fpunch: { fields: ['file', 'page', 'count'] },
  ftrunc: { fields: ['file', 'count'] },
  mmap: { fields: ['process', 'address', 'count', 'protection', 'backing', 'file', 'page', 'ro'], optional: 3 },
  munmap: { fields: ['process', 'address', 'count'] },
  mlock: { fields: ['process', 'address', 'count'] },
  mlockonfault: { fields: ['process', 'address', 'count'] },
  munlock: { fields: ['process', 'address', 'count'] },
  mprotect: { fields: ['process', 'address', 'count', 'protection'] },
  mremap: { fields: ['process', 'address', 'count', 'count', 'address'] },
  madvise: { fields: ['process', 'address', 'count', 'advice'] },
  write: { fields: ['process', 'address', 'count', 'seed', 'stride'], optional: 1 },
  store: { fields: ['process', 'address', 'count', 'seed', 'word', 'stride'], optional: 1 },
  read: { fields: ['process', 'address', 'count', 'stride'], optional: 1 },
  verify: { fields: ['process', 'address', 'count', 'seed', 'stride', 'page'], optional: 2 },
  verifyz: { fields: ['process', 'address', 'count'] },
  pin: { fields: ['process', 'address', 'count'] },
  unpin: { fields: ['process'] },
  uffd: { fields: ['process', 'address', 'count', 'fault'] },
  extreme: { fields: ['process', 'address'] },
  threads: { fields: ['process', 'mask', 'mode'] },
  register: { fields: ['process'] },
  wake: { fields: ['process'] },
  join: { fields: ['process'] },
  cpu: { fields: ['thread', 'cpu'] },
  set: { fields: ['key', 'text'] },
  snap: { fields: ['text'], optional: 1 },
  mem: { fields: ['text'], optional: 1 },
  collapse: { fields: ['process', 'address', 'count'] },
  khugepaged: { fields: ['for', 'duration'], optional: 2 },
  sleep: { fields: ['milliseconds'] },
  note: { fields: ['text'] },
};

/** Measured without an M before them. */
export const ALWAYS_MEASURED: ReadonlySet<string> = new Set(['collapse', 'khugepaged']);

export interface Operation {
  /** For messages: FILE:LINE. */
  place: string;
  /** As it was written. */
  text: string;
  name: string;
  /** What it changed is told with its result. */
  measured: boolean;
  /** By the form; addresses and numbers are numbers. */
  args: readonly (string | number)[];
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * One translation, explained: what `paelab walk --json` prints, and what its text is made of. Addresses and register values are texts in hexadecimal,
 * values of entries have their halves apart: 0xHIGH'LOW.
 */
import type { Stop } from './path.ts';
import type { Rule } from './rules.ts';

/** A part of the linear address. */
export interface Part {
  /** "29..21" */
  bits: string;
  binary: string;
  value: number;
  /** "PDE 5" */
  selects: string;
}

export interface EntryText {
  /** "PDE 5" */
  name: string;
  address: string;
  table: string;
  index: number;
  value: string;
  /** False where the input says nothing of the entry, and it is taken to be zero. */
  given: boolean;
  decoded: string;
}

export interface RightsText {
  /** PDE, PTE, or both together. */
  of: string;
  rw: number;
  us: number;
  xd: number;
}

export type Result =
  | { kind: 'translated'; physical: string }
  | { kind: 'page-fault'; errorCode: number; bits: { name: string; value: number; means: string }[]; cr2: string; linux: string }
  | { kind: 'general-protection'; errorCode: 0 }
  | { kind: 'no-memory' };

/** An entry whose accessed or dirty flag the walk sets. */
export interface Mark {
  name: string;
  flags: string[];
  before: string;
  after: string;
}

export interface TlbEntryText {
  page: string;
  size: '4 KiB' | '2 MiB';
  frame: string;
  rw: number;
  us: number;
  xd: number;
  dirty: boolean;
  global: boolean;
  memoryType: string;
  patIndex: number;
}

/** A PDE kept in the paging-structure cache. */
export interface PdeCacheText {
  region: string;
  table: string;
  rw: number;
  us: number;
  xd: number;
}

export interface Explanation {
  /** "supervisor write" */
  access: string;
  address: string;
  registers: { name: string; value: string; set: string[] }[];
  ac: boolean;
  maxphyaddr: number;
  /** Empty without paging. */
  parts: Part[];
  /** The entries looked at; after #GP(0), the four PDPTEs. */
  entries: EntryText[];
  rights: RightsText[];
  /** The rules about rights that were asked, in order. */
  rules: Rule[];
  stop: Stop | null;
  result: Result;
  marks: Mark[];
  tlb: TlbEntryText | null;
  pdeCache: PdeCacheText | null;
  notModelled: string[];
}

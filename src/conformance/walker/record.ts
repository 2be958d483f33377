// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page-walk vectors, as they are run. A single access is a script of one step, with MOV CR3 before the access. Format: test/vectors/walker/README.md.
 */
import type { Pair } from '../field.ts';

/** An entry that a step stores in memory. */
export interface Entry {
  /** "pde"; in scripts the address. */
  name: string;
  address: number;
  value: Pair;
  /** What it holds after the step, but for the bits in `free`. */
  after: Pair;
  free: Pair;
}

/** What became of a step; addresses are unsigned. */
export type Outcome =
  | { k: 'ok'; pa: number; pa2?: number }
  | { k: 'pf'; ec: number; cr2: number }
  /** #GP(0) at a MOV to a control register. */
  | { k: 'gpcr' }
  /** There was no access. */
  | { k: 'none' }
  /** The walk or the access left the memory; no vector expects it. */
  | { k: 'no-memory' };

/** The control bits of a step as register values; `user` is CPL 3. */
export interface Mode {
  cr0: number;
  cr4: number;
  efer: number;
  ac: boolean;
  user: boolean;
}

export type Act = 'movcr3' | 'invlpg' | 'none' | Toggle;
/** A control bit is changed, and changed back. */
export type Toggle = 'pge' | 'pse' | 'smep' | 'smap' | 'wp' | 'cd';

export type Operation = 'read' | 'write' | 'fetch' | 'xadd' | 'cmpxchg' | 'add' | 'ldtr' | 'ldtw';

export interface Step {
  entries: readonly Entry[];
  mode: Mode;
  act: Act;
  va: number;
  /** Null: no access. */
  op: Operation | null;
  width: number;
  expected: Outcome;
  /** Bits of CR2 that are left open. */
  freeCr2: number;
  /** The outcome is left open, as a stale translation may be used. */
  loose: boolean;
}

export interface WalkerRecord {
  /** FILE:LINE */
  place: string;
  id: string;
  group: string;
  /** Of a script: what it is about. */
  name: string | null;
  maxphyaddr: number;
  cr3: number;
  steps: readonly Step[];
  /** Whose answer the record holds, where the references differ, and what they differ about. */
  by: string | null;
  why: string | null;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an execution may be found guilty of. The first finding ends the context that it is found in, as an oops would.
 * Reference: docs/design-notes.md, "Violations".
 */
export type ViolationKind =
  | 'torn-pair'
  | 'freed-frame'
  | 'wrong-frame'
  | 'wrong-lock'
  | 'lost-table'
  | 'lost-page'
  | 'data-race'
  | 'irq-race'
  | 'deadlock'
  | 'locking'
  | 'check';

export interface Violation {
  kind: ViolationKind;
  /** One sentence. */
  summary: string;
  /** Context and event at which it was found. */
  ctx: number;
  /** Of a race: the context of the other access, which came first; else absent or -1. */
  other?: number;
  seq: number;
  /** Found when every context had ended or was stuck: the whole execution is its cause. */
  atEnd: boolean;
  /** Trace site that found it, 0 where nothing is traced. */
  site: number;
}

/** Thrown to stop a context after a violation: the port never catches. */
export const KILLED: unique symbol = Symbol('killed');

/** A defect of paelab itself: exit code 70. */
export class Defect extends Error {
  override name = 'Defect';
}

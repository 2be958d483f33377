// SPDX-License-Identifier: GPL-2.0-only
/**
 * Checks that must hold at every moment of an execution.
 * Reference: docs/design-notes.md, "Dependence": a transition that writes a cell counts as reading all of them.
 */
import type { Ptr } from '../mmu/types.ts';
import type { Machine } from './machine.ts';

/** A check that must hold at every moment; its cells are the words that it reads. */
export interface Always {
  name: string;
  cells: readonly Ptr[];
  holds(read: (p: Ptr) => number): boolean;
}

/** Behind each transition. */
export function checkAlways(m: Machine): void {
  const read = (p: Ptr): number => m.mem.words[p]! >>> 0;
  for (const check of m.always) {
    if (!check.holds(read))
      m.violation ??= { kind: 'check', summary: `does not hold any more: ${check.name}`, ctx: 0, seq: m.seq, atEnd: false, site: 0 };
  }
}

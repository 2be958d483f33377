// SPDX-License-Identifier: GPL-2.0-only
/**
 * Walks, invalidations and what becomes of accesses, for people.
 * Reference: docs/design-notes.md, "Trace".
 */
import { accessText } from '../mmu/access.ts';
import { DIRTY } from '../mmu/entry.ts';
import { errorCodeText } from '../mmu/fault.ts';
import { DROP_PAGE } from '../mmu/invalidation.ts';
import { FAULT, MARK, type Outcomes, USE } from '../mmu/outcomes.ts';
import type { Footprint } from './footprint.ts';
import { WALK } from './kinds.ts';

const hex = (v: number): string => `0x${(v >>> 0).toString(16)}`;

/** "user write to 0x40000000", "INVLPG 0x40000000", "MOV CR3 0x1000" */
export function translationText(f: Footprint): string {
  if (f.kind === WALK) return `${accessText(f.a1)} of ${hex(f.a0)}`;
  return (f.a1 & DROP_PAGE) !== 0 ? `INVLPG ${hex(f.a0)}` : `MOV CR3 ${hex(f.a0)}`;
}

/** "frame 0x12345" */
export function outcomeText(outcomes: Outcomes, i: number): string {
  const a = outcomes.value(i, 0);
  switch (outcomes.kind(i)) {
    case USE:
      return `frame ${hex(a)}`;
    case FAULT:
      return `#PF, ${errorCodeText(a)}`;
    case MARK:
      return `walk sets ${(outcomes.value(i, 3) & DIRTY) !== 0 ? 'A, D' : 'A'}`;
    default:
      return `walk reads frame ${hex(a)}`;
  }
}

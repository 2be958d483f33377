// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lockless reads of a page-table entry, half by half. Between `entryReadBegin` and `entryReadEnd` the machine notes the first and the last
 * load of the entry. A pair that the entry held at no instant in between is torn; that is a violation where the pair is *used*: its frame
 * mapped, locked or walked. One that is thrown away is only counted.
 *
 * Reference: Linux v6.6 include/linux/pgtable.h, pmdp_get_lockless; docs/design-notes.md, "Torn".
 */
import { entryPfn, pairText } from '../mmu/entry.ts';
import { changedWithin, wasHeld } from '../mmu/entry-log.ts';
import { FRAME_KIND_NAMES, frameKind } from '../mmu/frames.ts';
import type { Ptr } from '../mmu/types.ts';
import { violate, witness } from './report.ts';
import type { Vcpu } from './vcpu.ts';

/** What every lockless reader would like to have seen in some execution. */
export const CHANGED_DURING_READ = 'an entry changed during a lockless read of it';
export const TORN_DISCARDED = 'torn, discarded';

export function entryReadBegin(c: Vcpu, entry: Ptr): void {
  c.readAt = entry;
  c.readFrom = c.readTo = -1;
}

/** The read returned (lo, hi). A low half of 0 is none, whatever the high half. */
export function entryReadEnd(c: Vcpu, lo: number, hi: number): void {
  const { m, readAt } = c;
  c.readAt = 0 as Ptr;
  if (changedWithin(m.entries, readAt, c.readFrom, c.readTo)) witness(c, CHANGED_DURING_READ);
  if (lo === 0) return;
  const { words } = m.mem;
  if (wasHeld(m.entries, readAt, c.readFrom, c.readTo, lo, hi, words[readAt]!, words[readAt + 1]!)) return;
  witness(c, TORN_DISCARDED);
  c.tornAt = readAt;
  c.tornLo = lo | 0;
  c.tornHi = hi | 0;
}

/** The pair (lo, hi) is used: `how` completes "0x0'12345067 was never held by the entry, and ...". */
export function entryUse(c: Vcpu, lo: number, hi: number, how: string): void {
  if (c.tornAt === 0 || c.tornLo !== (lo | 0) || c.tornHi !== (hi | 0)) return;
  const pfn = entryPfn(lo, hi);
  const kind = frameKind(c.m.mem, pfn);
  const frame = `frame 0x${pfn.toString(16).padStart(6, '0')} (${kind < 0 ? 'no memory there' : FRAME_KIND_NAMES[kind]})`;
  violate(c, 'torn-pair', `${pairText(lo, hi)} was held by the entry at no instant of the read, and ${how}: ${frame}`);
}

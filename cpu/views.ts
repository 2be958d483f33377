// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the walks of each vCPU read of a page-table entry: memory, and over it the vCPU's own buffered stores. Each change of that is logged, for the
 * vCPU's TLB may hold what was there at any time.
 *
 * An own store is seen from the moment in which it enters the buffer, so that is a transition (cpu/ops); when it drains, the own view stays as it is.
 *
 * Reference: docs/design-notes.md, "Translations".
 */
import { PRESENT } from '../mmu/entry.ts';
import { POISON } from '../mmu/frames.ts';
import { FRAME_WORDS, type Ptr } from '../mmu/types.ts';
import type { Machine } from './machine.ts';
import type { Vcpu } from './vcpu.ts';

function viewOf(m: Machine, cpu: number, p: Ptr): number {
  for (let ctx = m.firstCallback - m.cpus + cpu; ctx >= 0; ctx -= m.cpus) {
    const { buffer } = m.contexts[ctx]!;
    const i = buffer.newest(p);
    if (i >= 0) return buffer.valueAt(i, p);
  }
  return m.mem.words[p]!;
}

/** The entry, which held (oldLo, oldHi), may look different to a vCPU now. */
export function noteView(m: Machine, cpu: number, entry: Ptr, oldLo: number, oldHi: number): void {
  m.tlbs[cpu]!.see(entry, m.seq, oldLo, oldHi, viewOf(m, cpu, entry), viewOf(m, cpu, (entry + 1) as Ptr));
}

/** Memory has changed. */
export function noteViews(m: Machine, entry: Ptr, oldLo: number, oldHi: number): void {
  for (let cpu = 0; cpu < m.tlbs.length; cpu++) noteView(m, cpu, entry, oldLo, oldHi);
}

/** A store to the entry has entered the buffer. */
export function noteIssue(c: Vcpu, entry: Ptr): void {
  const { words } = c.m.mem;
  noteView(c.m, c.id, entry, words[entry]!, words[entry + 1]!);
}

/** A frame that held page tables is given back: none of its entries is there any more. */
export function noteFreed(m: Machine, frame: Ptr): void {
  if (m.tlbs.length === 0) return;
  const { words } = m.mem;
  for (let p = frame as number; p < frame + FRAME_WORDS; p += 2) {
    const lo = words[p]!;
    if ((lo & PRESENT) === 0) continue;
    for (const tlb of m.tlbs) tlb.see(p as Ptr, m.seq, lo, words[p + 1]!, POISON, POISON);
  }
}

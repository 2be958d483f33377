// SPDX-License-Identifier: GPL-2.0-only
/**
 * What words are called that no program has: interrupt state, requests to invalidate, counters of sections.
 *
 * Reference: docs/design-notes.md, "Contexts".
 */
import type { Ptr } from '../mmu/types.ts';
import { IRQ_WORD_NAMES, IRQ_WORDS } from './interrupts.ts';
import { invlpgbWords } from './invlpgb.ts';
import type { Machine } from './machine.ts';

export function ghostName(m: Machine, p: Ptr): string {
  const irq = p - m.irqBase;
  if (irq >= 0 && irq < m.cpus * IRQ_WORDS) return `${IRQ_WORD_NAMES[irq % IRQ_WORDS]}(CPU${Math.floor(irq / IRQ_WORDS)})`;
  const owner = (i: number): string => (i < m.cpus ? `CPU${i}` : `NMI, CPU${i - m.cpus}`);
  const broadcast = p - m.invlpgbBase;
  if (m.invlpgbBase > 0 && broadcast >= 0 && broadcast < invlpgbWords(m.cpus)) return `INVLPGB, word ${broadcast}`;
  const n = m.sectionCounters;
  if (p >= m.startsBase && p < m.startsBase + n) return `section starts(${owner(p - m.startsBase)})`;
  if (p >= m.endsBase && p < m.endsBase + n) return `section ends(${owner(p - m.endsBase)})`;
  return `word ${p}`;
}

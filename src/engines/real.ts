// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which enabled actors a processor could really run next. The machine lets a program move while its handler runs, for the sake of the optimal
 * search; every other strategy runs executions that are real at each step.
 *
 * Reference: Intel SDM Vol. 3A 6.6 (interrupts are taken at instruction boundaries), 12.10 (the store buffer drains on an interrupt).
 */
import { entersHandler } from '../../cpu/interrupts.ts';
import type { Machine } from '../../cpu/machine.ts';
import { CONTINUES } from '../../cpu/store-buffer.ts';
import { NMI, PROGRAM } from '../../cpu/vcpu.ts';

/** Why an enabled actor cannot move now, or null if it can. */
export function obstacle(m: Machine, actor: number): string | null {
  const T = m.contexts.length;
  const c = m.contexts[actor < T ? actor : actor - T]!;
  if (m.standsStill(c)) return `its ${m.inHandler[c.id]! >= NMI ? 'NMI' : 'interrupt'} handler runs`;
  if (actor >= T || !entersHandler(c)) return null;
  for (let ctx = c.ctx - m.cpus; ctx >= 0; ctx -= m.cpus) {
    const below = m.contexts[ctx]!;
    const what = below.role === PROGRAM ? 'its program' : 'its interrupt handler';
    const b = below.buffer;
    const oldest = b.marked[b.drained]!;
    const stored = b.drained < b.stores;
    if (below.midway || (stored && (b.flags[oldest]! & CONTINUES) !== 0)) return `${what} is within an instruction`;
    // What was issued behind the last transition counts as not yet executed: the interrupt comes before it.
    if (stored && b.issuedAt[oldest]! < below.place) return `${what} has stores in the buffer`;
  }
  return null;
}

/** Moves those that a processor could run to the front of `enabled`. @returns how many of the n they are: 0 where a handler was stopped by a violation */
export function keepReal(m: Machine, enabled: Int32Array, n: number): number {
  let kept = 0;
  for (let i = 0; i < n; i++) if (obstacle(m, enabled[i]!) === null) enabled[kept++] = enabled[i]!;
  return kept;
}

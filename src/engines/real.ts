// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which enabled actors a processor could really run next. The machine lets a program move while its handler runs, for the sake of the optimal
 * search; every other strategy runs executions that are real at each step.
 *
 * Reference: Intel SDM Vol. 3A 6.6 (interrupts are taken at instruction boundaries), 12.10 (the store buffer drains on an interrupt).
 */
import type { Machine } from '../../cpu/machine.ts';
import { CONTINUES } from '../../cpu/store-buffer.ts';
import { HANDLER, PROGRAM } from '../../cpu/vcpu.ts';

/** Why an enabled actor cannot move now, or null if it can. */
export function obstacle(m: Machine, actor: number): string | null {
  const T = m.contexts.length;
  const c = m.contexts[actor < T ? actor : actor - T]!;
  if (c.role === PROGRAM) return m.inHandler[c.id] === 0 ? null : 'its interrupt handler runs';
  if (c.role !== HANDLER || actor >= T || m.inHandler[c.id] === 1) return null;
  const program = m.contexts[c.id]!;
  const b = program.buffer;
  const oldest = b.marked[b.drained]!;
  const stored = b.drained < b.stores;
  if (program.midway || (stored && (b.flags[oldest]! & CONTINUES) !== 0)) return 'its program is within an instruction';
  // What was issued behind the last transition counts as not yet executed: the interrupt comes before it.
  return stored && b.issuedAt[oldest]! < program.place ? 'its program has stores in the buffer' : null;
}

/** Moves those that a processor could run to the front of `enabled`. @returns how many of the n they are: 0 where a handler was stopped by a violation */
export function keepReal(m: Machine, enabled: Int32Array, n: number): number {
  let kept = 0;
  for (let i = 0; i < n; i++) if (obstacle(m, enabled[i]!) === null) enabled[kept++] = enabled[i]!;
  return kept;
}

// SPDX-License-Identifier: GPL-2.0-only
/** What is wrong with a trace by the rules of the Trace Event Format: slices of a track nest, times do not go back, arrows begin and end in slices. */
import type { TraceEvent } from '../../src/report/perfetto.ts';

export function complaints(events: readonly TraceEvent[]): string[] {
  const open = new Map<number, number>();
  const last = new Map<number, number>();
  const wrong: string[] = [];
  for (const e of events) {
    if (e.ph === 'M') continue;
    if (e.ts! < (last.get(e.tid) ?? 0)) wrong.push(`${e.name} on ${e.tid} at ${e.ts} is before ${last.get(e.tid)}`);
    last.set(e.tid, e.ts!);
    const depth = (open.get(e.tid) ?? 0) + (e.ph === 'B' ? 1 : e.ph === 'E' ? -1 : 0);
    if (depth < 0) wrong.push(`an end too many on ${e.tid} at ${e.ts}`);
    if ((e.ph === 's' || e.ph === 't' || e.ph === 'f') && depth === 0) wrong.push(`an arrow on ${e.tid} at ${e.ts} outside of any slice`);
    open.set(e.tid, depth);
  }
  for (const id of new Set(events.flatMap((e) => e.id ?? []))) {
    const phases = events.filter((e) => e.id === id).map((e) => e.ph);
    if (!/^st{0,2}f?$/.test(phases.join(''))) wrong.push(`arrow ${id} is ${phases.join(' ')}`);
  }
  for (const [tid, depth] of open) if (depth !== 0) wrong.push(`${depth} slices stay open on ${tid}`);
  return wrong;
}

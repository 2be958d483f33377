// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reads a line of the suite elt-published: the shape of an enhanced litmus test, with its implicit walks and dirty-bit writes, and its verdict.
 */
import type { Field } from '../field.ts';

export interface EltEvent {
  id: string;
  op: 'pte_write' | 'invlpg' | 'load' | 'store' | 'mfence';
  /** The physical page that an access reaches. */
  pa: string | null;
  /** The virtual page that an access uses or INVLPG names, where the shape says. */
  va: string | null;
  /** The entry that is written, or that the implicit events of an access touch. */
  pte: string | null;
  /** Of an INVLPG that a remap causes: on its own CPU, or on another by an interrupt. */
  via: 'local' | 'ipi' | null;
  walks: boolean;
  dirties: boolean;
}

export interface EltRecord {
  name: string;
  threads: EltEvent[][];
  verdict: 'permitted' | 'forbidden';
}

/** @throws UsageError naming the place and the field */
export function parseElt(f: Field): EltRecord {
  const threads = f
    .get('threads')
    .list()
    .map((thread) => thread.list().map(parseEvent));
  return {
    name: f.get('name').text(),
    threads: threads.length > 0 ? threads : [accessesOf(f.get('event_counts'))],
    verdict: f.get('verdict').oneOf(['permitted', 'forbidden'] as const),
  };
}

function parseEvent(f: Field): EltEvent {
  const text = (name: string): string | null => (f.get(name).missing ? null : f.get(name).text());
  const op = f.get('op').oneOf(['pte_write', 'invlpg', 'load', 'store', 'mfence'] as const);
  const implicit = f.get('implicit').missing ? [] : f.get('implicit').list();
  const kinds = implicit.map((i) => i.get('op').oneOf(['page_walk', 'dirty_bit_write'] as const));
  if (op === 'load' || op === 'store') f.get('pa').text();
  if (op === 'invlpg') f.get('va').text();
  return {
    id: f.get('id').text(),
    op,
    pa: text('pa'),
    va: text('va'),
    pte: op === 'pte_write' ? f.get('pte').text() : (implicit[0]?.get('pte').text() ?? null),
    via: f.get('caused_by').missing ? null : f.get('via').oneOf(['local', 'ipi'] as const),
    walks: kinds.includes('page_walk'),
    dirties: kinds.includes('dirty_bit_write'),
  };
}

/** A shape without events is nothing but a number of accesses to one page: "=1". */
function accessesOf(counts: Field): EltEvent[] {
  const numberOf = (name: string): number =>
    Number(/^=(\d)$/.exec(counts.get(name).text())?.[1] ?? counts.get(name).bad('not a number such as "=1"'));
  const some = (op: 'store' | 'load', n: number): EltEvent[] =>
    Array.from({ length: n }, (_, i) => ({ id: `${op}${i}`, op, pa: 'pa0', va: null, pte: null, via: null, walks: false, dirties: false }));
  return [...some('store', numberOf('Write')), ...some('load', numberOf('Read'))];
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * The verdict of an enhanced litmus test, by running it: permitted if some execution of one of its programs does what the shape says (every access
 * reaches its frame, walks and dirty-bit writes have left their bits) and ends as its outcome says.
 *
 * The published model knows no remap without an INVLPG on every CPU, so that a shape with one has no execution at all: forbidden.
 */

import { ACCESSED, DIRTY } from '../../../mmu/entry.ts';
import { litmusMachine } from '../../litmus/machine.ts';
import { executionTo } from '../../litmus/outcomes.ts';
import { tableText } from '../../litmus/print.ts';
import { registerOf } from '../../litmus/program.ts';
import { entryText } from '../../litmus/values.ts';
import type { Vector } from '../kind.ts';
import { ELT_OUTCOMES, type EltOutcome } from './elt-outcomes.ts';
import { type EltProgram, eltPrograms, frameOf } from './elt-program.ts';
import type { EltEvent, EltRecord } from './elt-record.ts';

export function eltVector(record: EltRecord, place: string): Vector {
  return {
    id: record.name,
    group: 'elt-published',
    dispute: null,
    run() {
      const programs = eltPrograms(record);
      const found = eltVerdict(record, programs, ELT_OUTCOMES[record.name] ?? {});
      return found === record.verdict
        ? null
        : { expected: record.verdict, actual: found, text: () => eltText(place, record, programs, found) };
    },
  };
}

/** @param build makes the machine */
export function eltVerdict(
  record: EltRecord,
  programs: readonly EltProgram[],
  outcome: EltOutcome,
  build: typeof litmusMachine = litmusMachine,
): EltRecord['verdict'] {
  const remaps = record.threads.flat().some((e) => e.op === 'pte_write');
  if (remaps && !record.threads.every((events) => events.some((e) => e.op === 'invlpg' && e.via !== null))) return 'forbidden';
  return programs.some((p) => happens(record, p, outcome, build)) ? 'permitted' : 'forbidden';
}

function happens({ threads }: EltRecord, p: EltProgram, outcome: EltOutcome, build: typeof litmusMachine): boolean {
  const { program, frames } = p;
  const accesses = threads.flat().filter((e): e is EltEvent & { pa: string } => e.pa !== null);
  if (accesses.some((e) => outcome.old?.includes(e.id) === true && frames.get(e.pa) !== p.before)) return false;
  const nameOf = new Map(program.vars.map((v, i) => [registerOf(v)?.register ?? v, i]));
  const asAsked = (values: readonly number[]): boolean => {
    const value = (name: string): number => values[nameOf.get(name)!]!;
    const read = (e: EltEvent & { pa: string }): boolean => {
      const from = outcome.reads?.[e.id];
      return from === undefined || value(e.id) === (from === 'init' ? p.initial(frames.get(e.pa)!) : p.values.get(from));
    };
    return (
      accesses.every((e) => value(frameOf(e.id)) === frames.get(e.pa) && read(e)) &&
      [...p.walked].every((entry) => (value(entry) & ACCESSED) !== 0) &&
      [...p.dirtied].every((entry) => (value(entry) & DIRTY) !== 0)
    );
  };
  return executionTo(build(program), asAsked) !== null;
}

function eltText(place: string, { name, verdict }: EltRecord, programs: readonly EltProgram[], found: string): string {
  const lines = [`${place}: ${name}, suite elt-published`, `published: ${verdict}`, `paelab: ${found}`];
  const [first] = programs;
  if (first !== undefined) {
    const { init } = first.program;
    const entries = Object.keys(init).filter((loc) => loc.startsWith('pte_'));
    lines.push(
      `one of ${programs.length} programs, ${entries.map((loc) => `${loc}=${entryText(init[loc]!)};`).join(' ')}`,
      ...tableText(first.program),
    );
  }
  return `${lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n')}\n`;
}

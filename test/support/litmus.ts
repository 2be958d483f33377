// SPDX-License-Identifier: GPL-2.0-only
/** The litmus vectors, and the comparison of one of them with what the exploration finds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Machine } from '../../cpu/machine.ts';
import { ROOT } from '../../src/build/erase.mjs';
import { compare } from '../../src/conformance/litmus/compare.ts';
import { type LitmusRecord, parseRecord, readLine } from '../../src/conformance/litmus/record.ts';
import { litmusMachine } from '../../src/litmus/machine.ts';
import { outcomesOf } from '../../src/litmus/outcomes.ts';

/** Those with final states: all but elt-published. */
export const SUITES = [
  ...['basic-3', 'basic-4', 'catalogue', 'classic', 'coherence', 'locked'],
  ...['pae', 'relax-2', 'relax-3', 'translation', 'two-by-two', 'xadd'],
];

/** The lines of a suite. */
export const suiteLines = (name: string): string[] =>
  gunzipSync(readFileSync(join(ROOT, `test/vectors/litmus/${name}.jsonl.gz`)))
    .toString('utf8')
    .trimEnd()
    .split('\n');

export const readSuite = (name: string): LitmusRecord[] =>
  suiteLines(name).map((line, i) => parseRecord(readLine(line, `${name}:${i + 1}`)));

/** @param change what a mutant does to the machine; it may look at it before every transition */
export function disagreements(record: LitmusRecord, change: (m: Machine) => void = () => {}): string[] {
  const litmus = litmusMachine(record);
  change(litmus.machine);
  const d = compare(record, outcomesOf(litmus));
  if (d === null) return [];
  return [
    ...d.missing.map((s) => `${record.name}: missing ${s.join(' ')}`),
    ...d.extra.map((s) => `${record.name}: extra ${s.join(' ')}`),
    ...d.conditions.map((c) => `${record.name}: ${c.name} is ${c.found}, not ${c.recorded}`),
    ...d.search.map((s) => `${record.name}: ${s}`),
  ];
}

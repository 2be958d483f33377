// SPDX-License-Identifier: GPL-2.0-only
/** The litmus vectors, and the comparison of one of them with what the exploration finds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Machine } from '../../cpu/machine.ts';
import { ROOT } from '../../src/build/erase.mjs';
import { litmusMachine } from '../../src/litmus/program.ts';
import { type LitmusRecord, parseRecord } from '../../src/litmus/record.ts';
import { explore } from './explore.ts';

export function readSuite(name: string): LitmusRecord[] {
  const text = gunzipSync(readFileSync(join(ROOT, `test/vectors/litmus/${name}.jsonl.gz`))).toString('utf8');
  return text.trimEnd().split('\n').map(parseRecord);
}

/** @param change what a mutant does to the machine; it may look at it before every transition */
export function disagreements(record: LitmusRecord, change: (m: Machine) => void = () => {}): string[] {
  const { machine, state } = litmusMachine(record);
  change(machine);
  const { stats, states } = explore(machine, () => state().join(' '));
  const expected = new Set(record.states.map((s) => s.join(' ')));
  const found: string[] = [];
  for (const s of expected) if (!states.includes(s)) found.push(`${record.name}: missing ${s}`);
  for (const s of states) if (!expected.has(s)) found.push(`${record.name}: extra ${s}`);
  if (record.graphs !== undefined && stats.executions !== record.graphs)
    found.push(`${record.name}: ${stats.executions} executions, not ${record.graphs}`);
  if (stats.redundant > 0) found.push(`${record.name}: ${stats.redundant} redundant`);
  if (stats.blocked > 0 && record.graphs !== undefined) found.push(`${record.name}: ${stats.blocked} blocked`);
  return found;
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * What differs from a litmus record, for people: the program, the states, and an execution that ends in one that should not be.
 */
import { ISSUE } from '../../../cpu/kinds.ts';
import { Trace } from '../../../cpu/trace.ts';
import { Replay } from '../../engines/replay.ts';
import { drive } from '../../engines/strategy.ts';
import { litmusMachine } from '../../litmus/machine.ts';
import { Naming } from '../../litmus/naming.ts';
import { executionTo } from '../../litmus/outcomes.ts';
import { litmusText } from '../../litmus/print.ts';
import type { LitmusProgram } from '../../litmus/program.ts';
import { type Line, layOut } from '../../report/columns.ts';
import { eventText } from '../../report/event-text.ts';
import type { LitmusDifference } from './compare.ts';
import type { LitmusRecord } from './record.ts';

export function differenceText(place: string, record: LitmusRecord, d: LitmusDifference): string {
  const lines = [`${place}: ${record.name}, suite ${record.suite}`, ...programText(record).split('\n')];
  for (const s of d.missing) lines.push(`allowed, not found:  ${stateText(record, s)}`);
  for (const s of d.extra) lines.push(`found, not allowed:  ${stateText(record, s)}`);
  for (const c of d.conditions) lines.push(`condition ${c.name}: recorded ${c.recorded}, found ${c.found}`);
  lines.push(...d.search);
  const [extra] = d.extra;
  if (extra !== undefined)
    lines.push(`one execution that ends in ${stateText(record, extra)}`, '', ...executionText(record, extra).split('\n'));
  return `${lines.map((line, i) => (i === 0 || line === '' ? line : `  ${line}`)).join('\n')}\n`;
}

const programText = (record: LitmusRecord): string =>
  litmusText({ program: record, dialect: 'X86', observed: record.vars, conditions: record.conditions, filter: null }).trimEnd();

const stateText = (record: LitmusRecord, values: readonly number[]): string => new Naming(record, 'X86').state(record.vars, values);

/** The transitions in order, one column a vCPU. The state is one that the exploration has found. */
function executionText(program: LitmusProgram, values: readonly number[]): string {
  const litmus = litmusMachine(program);
  const picks = executionTo(litmus, (found) => found.join(' ') === values.join(' '))!;
  const trace = new Trace();
  litmus.machine.trace = trace;
  drive(litmus.machine, new Replay(picks), () => true);
  // What matters of a store to an entry is when it drains.
  const rows = trace.rows.filter((row) => row.kind !== ISSUE);
  const lines = rows.map((row): Line => ({ column: row.cpu, indent: 0, text: eventText(row, trace.sites[row.site]!) }));
  return layOut(
    program.threads.map((_, t) => `P${t}`),
    lines,
  );
}

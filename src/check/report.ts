// SPDX-License-Identifier: GPL-2.0-only
/**
 * The report of one execution: run again from its picks, with a trace, and told to a person. The same picks give the same bytes.
 */
import { basename } from 'node:path';
import { Trace } from '../../cpu/trace.ts';
import { Defect, type Violation } from '../../cpu/violation.ts';
import { type Pick, Replay } from '../engines/replay.ts';
import { drive } from '../engines/strategy.ts';
import { drawRace } from '../report/diagram.ts';
import { primitiveAt } from '../report/event-text.ts';
import { build, type Cell } from './cell.ts';
import { judge } from './counterexample.ts';
import { formatToken } from './token.ts';

export interface Report {
  kind: string;
  summary: string;
  diagram: string;
  token: string;
  /** All of it, as it is printed. */
  text: string;
}

/**
 * @param file where the scenario is the user's own
 * @throws ReplayError if the picks do not fit; Defect if they no longer lead to a violation
 */
export function reportOf(cell: Cell, start: number, picks: readonly Pick[], file?: string): Report {
  const built = build(cell, start);
  const { machine } = built;
  const trace = new Trace();
  machine.trace = trace;
  const replay = new Replay(picks);
  drive(machine, replay, () => true);
  const violation = judge(built, replay.outcome!, new Set());
  if (violation === null) throw new Defect('the replayed execution has no violation');
  const diagram = drawRace(trace, machine.contexts.length, built.comms);
  const token = formatToken({ scenario: cell.scenario.name, config: cell.config, without: cell.without, start, picks });
  const parts = [`BUG: paelab: ${violation.kind} in ${where(trace, violation)}`, wrap(cellText(cell)), wrap(violation.summary), diagram];
  const next = consequence(violation);
  if (next !== null) parts.push(wrap(next));
  parts.push(`${trace.rows.length} transitions. Again: paelab replay ${token}${file === undefined ? '' : ` ${basename(file)}`}`);
  return { kind: violation.kind, summary: violation.summary, diagram, token, text: `${parts.join('\n\n')}\n` };
}

/** The cell in one sentence: what `paelab check` would be told. */
export function cellText(cell: Cell): string {
  const config = Object.entries(cell.config).map(([key, value]) => `${key}=${value}`);
  return `${cell.scenario.name}: ${config.join(' ')}${cell.without.map((g) => `, without ${g}`).join('')}`;
}

/** The function of the port that found it. */
function where(trace: Trace, violation: Violation): string {
  const site = trace.sites[violation.site]!;
  const p = primitiveAt(site);
  const calls = p > 0 ? site.calls.slice(0, p) : site.calls;
  return violation.site === 0 || calls.length === 0 ? 'a check at the end' : `${calls.at(-1)}()`;
}

/** What an unlucky kernel would do next. Linux v6.6: mm/pgtable-generic.c, mm/vmscan.c, include/linux/mm.h. */
function consequence(violation: Violation): string | null {
  if (violation.kind !== 'torn-pair') return null;
  if (violation.summary.includes('pmd_clear_bad()')) {
    return 'What goes wrong next: pmd_clear_bad() stores 0 to the slot with no lock held. The table that is hooked there by then is lost, and every page that it maps with it: "non-zero pgtables_bytes" at exit.';
  }
  const frame = /frame (0x[0-9a-f]+) \(([^)]*)\)/.exec(violation.summary);
  if (frame === null) return null;
  return `What goes wrong next: the page-table lock is taken in the struct page of frame ${frame[1]} (${frame[2]}), in the word that is page->private there: the order of a free page, a swap entry, a pointer to buffer heads. Who looks at the pmd again under that lock finds out and lets go; who does not edits the frame as if it held ptes.`;
}

function wrap(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > 75) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

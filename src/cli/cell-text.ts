// SPDX-License-Identifier: GPL-2.0-only
/**
 * What `check` prints of one cell: the verdict, what it was asked, how much was searched, within which bounds; then the counterexample.
 */
import { lengthText } from '../check/report.ts';
import type { Told } from './result.ts';
import { configText, paintVerdict, secondsText, wrap } from './text.ts';

const INDENT = 18;
const field = (name: string, text: string): string => `  ${name.padEnd(INDENT - 2)}${wrap(text, INDENT)}\n`;

export function cellText({ result: r, text, eventsText }: Told, events: boolean): string {
  const against = r.expected === undefined ? '' : r.expected === r.verdict ? ' (as expected)' : ` (expected: ${r.expected})`;
  let out = `${r.scenario}: ${paintVerdict(r.verdict)}${r.verdict === 'holds' && r.within !== undefined ? ` within ${r.within}` : ''}${r.verdict === 'inconclusive' ? '' : against}\n`;
  if (Object.keys(r.config).length > 0) out += field('configuration', configText(r.config));
  if (r.without.length > 0) out += field('without', r.without.join(' '));
  out += field('searched', `${r.executions} executions, ${r.blocked} blocked, ${r.transitions} transitions, ${secondsText(r.seconds)}`);
  if (r.complete) {
    out += field('complete', 'every execution within these bounds:');
    for (const bound of r.bounds) out += `${' '.repeat(INDENT)}- ${wrap(bound, INDENT + 2)}\n`;
  } else out += field('not complete', r.note ?? '');
  if (r.complete && r.note !== undefined) out += field('note', r.note);
  if (r.violation !== undefined)
    out += field('counterexample', `${lengthText(r.violation.length)}; the whole execution: ${lengthText(r.wholeLength!)}`);
  return text === null ? out : `${out}\n${text}${events ? `\n${eventsText}` : ''}`;
}

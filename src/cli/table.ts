// SPDX-License-Identifier: GPL-2.0-only
/**
 * Many cells at once: the table of the story, and the lines that sum up any table.
 */
import { differs, type Told } from './result.ts';
import { columns, configText, count, deviation, paintVerdict, secondsText } from './text.ts';

export function storyText(told: readonly Told[], wall: number): string {
  const head = ['verdict', 'expected', 'executions', 'seconds', 'scenario and configuration'];
  const rows = told.map(({ planned, result: r }) => [
    r.verdict,
    r.expected ?? '',
    String(r.executions),
    r.seconds.toFixed(2),
    [r.scenario, configText(deviation(planned.cell.scenario, r.config)), `(${planned.about})`].filter(Boolean).join(' '),
  ]);
  const width = Math.max(...rows.map((row) => row[0]!.length), head[0]!.length);
  const lines = columns([head, ...rows], [2, 3]);
  // Coloured last: columns counts characters.
  const painted = lines.map((line, i) => (i === 0 ? line : paintVerdict(told[i - 1]!.result.verdict, width) + line.slice(width)));
  const shown = told.find((t) => t.planned.shown === true && t.text !== null);
  const report = shown === undefined ? '' : `\n${shown.text}`;
  return `${painted.join('\n')}\n${oddOnes(told)}${report}\n${sumUp(told, wall)}\n`;
}

/** Every cell that differs from what is expected, or is inconclusive. */
export function oddOnes(told: readonly Told[]): string {
  let out = '';
  for (const { planned, result: r } of told) {
    if (r.verdict !== 'inconclusive' && !differs(r)) continue;
    const what = `${r.scenario} ${configText(deviation(planned.cell.scenario, r.config)) || '(defaults)'}`;
    const why = r.verdict === 'inconclusive' ? '' : `, expected: ${r.expected ?? 'holds'}`;
    const note = r.note === undefined ? '' : ` (${r.note})`;
    out += `${paintVerdict(r.verdict)}${why}: ${what}${note}\n`;
  }
  return out === '' ? '' : `\n${out}`;
}

export function sumUp(told: readonly Told[], wall: number): string {
  const results = told.map((t) => t.result);
  const number = (verdict: string): number => results.filter((r) => r.verdict === verdict).length;
  const odd = results.filter(differs).length;
  const parts = [`${count(number('holds'), 'holds', 'hold')}, ${number('violated')} violated`];
  if (number('inconclusive') > 0) parts[0] += `, ${number('inconclusive')} inconclusive`;
  else parts[0] += odd === 0 ? ', all as expected' : `, ${odd} not as expected`;
  const copies = results.filter((r) => r.sameAs !== undefined).length;
  if (copies > 0) parts.push(`${results.length - copies} decided, ${copies} the same as another`);
  const cut = results.filter((r) => !r.complete).length;
  if (results[0]?.within !== undefined) parts.push(`within ${results[0].within}`);
  parts.push(cut === 0 ? 'all complete' : `${cut} not complete`, secondsText(wall));
  return `${results.length} cells: ${parts.join('; ')}`;
}

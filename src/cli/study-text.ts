// SPDX-License-Identifier: GPL-2.0-only
/**
 * A study in a terminal: tables, and a bar beside each number that is to be compared.
 */
import type { Chart, Study, Table } from '../study/charts.ts';
import { columns } from './text.ts';

const WIDTH = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** @param part 0 to 1 */
function bar(part: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * WIDTH * 8);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
}

const number = (v: number): string => (Math.abs(v) >= 1000 ? Math.round(v).toLocaleString('en-US') : String(Number(v.toPrecision(4))));
const unit = (of: string | undefined): string => (of === undefined || of === '' ? '' : ` ${of}`);

/** One row for each point, with the spread over the seeds. */
function chartText(chart: Chart): string {
  const most = Math.max(...chart.series.flatMap((s) => s.points.map((p) => Math.abs(p[1]))), Number.MIN_VALUE);
  const rows = chart.series.flatMap((series) =>
    series.points.map(([x, y, low, high]) => [
      series.name,
      chart.names?.[x] ?? number(x),
      number(y),
      low === undefined || high === undefined || low === high ? '' : `${number(low)} .. ${number(high)}`,
      bar(Math.abs(y) / most),
    ]),
  );
  const head = ['', `${chart.x.label}${unit(chart.x.unit)}`, `${chart.y.label}${unit(chart.y.unit)}`, 'seeds', ''];
  const about = chart.about === undefined ? '' : `${chart.about}\n`;
  return `${chart.title}\n${about}${columns([head, ...rows], [1, 2]).join('\n')}\n`;
}

function tableText(table: Table): string {
  const head = table.columns.map((name, i) => `${name}${unit(table.unit?.[i])}`);
  const rows = table.rows.map((row) => row.map((v) => (typeof v === 'number' ? number(v) : v)));
  const right = table.columns.map((_, i) => i).filter((i) => table.rows.some((row) => typeof row[i] === 'number'));
  return `${table.title}\n${columns([head, ...rows], right).join('\n')}\n`;
}

export function studyText(doc: Study): string {
  const charts = doc.charts.filter((chart) => chart.kind !== 'steps');
  return `${[doc.title, doc.notes.join('\n'), ...charts.map(chartText), ...doc.tables.map(tableText)].join('\n\n').replace(/\n{3,}/g, '\n\n')}`;
}

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

/** One row for each point, with the spread over the seeds where there is one. Bars of one category stand together. */
function chartText(chart: Chart): string {
  const { names } = chart;
  const points = chart.series.flatMap(({ name, points }) => points.map((p) => ({ name, p })));
  if (names !== undefined) points.sort((a, b) => a.p[0] - b.p[0]);
  const most = Math.max(...points.map(({ p }) => Math.abs(p[1])), Number.MIN_VALUE);
  const rows = points.map(({ name, p: [x, y, low, high] }, i) => {
    const at = names === undefined ? number(x) : points[i - 1]?.p[0] === x ? '' : names[x]!;
    const seeds = low === undefined || high === undefined || low === high ? '' : `${number(low)} .. ${number(high)}`;
    return [...(names === undefined ? [name, at] : [at, name]), number(y), seeds, bar(Math.abs(y) / most)];
  });
  const spreads = rows.some((row) => row[3] !== '');
  const x = `${chart.x.label}${unit(chart.x.unit)}`;
  const head = [...(names === undefined ? ['', x] : [x, '']), `${chart.y.label}${unit(chart.y.unit)}`, 'seeds', ''];
  const shown = [head, ...rows].map((row) => (spreads ? row : row.toSpliced(3, 1)));
  const about = chart.about === undefined ? '' : `${chart.about}\n`;
  return `${chart.title}\n${about}${columns(shown, names === undefined ? [1, 2] : [2]).join('\n')}\n`;
}

/** What is the same in all rows is said once, above them. */
function tableText(table: Table): string {
  const cell = (v: string | number): string => (typeof v === 'number' ? number(v) : v);
  const name = (i: number): string => `${table.columns[i]}${unit(table.unit?.[i])}`;
  const all = [...table.columns.keys()];
  const same = (i: number): boolean => table.rows.length > 1 && table.rows.every((row) => row[i] === table.rows[0]![i]);
  const said = all.filter((i) => same(i) && table.rows[0]![i] !== '').map((i) => `${name(i)} ${cell(table.rows[0]![i]!)}`);
  const differ = all.filter((i) => !same(i));
  const right = [...differ.keys()].filter((column) => table.rows.some((row) => typeof row[differ[column]!] === 'number'));
  const rows = [differ.map(name), ...table.rows.map((row) => differ.map((i) => cell(row[i]!)))];
  const above = said.length === 0 ? '' : `In all: ${said.join(', ')}.\n`;
  return `${table.title}\n${above}${columns(rows, right).join('\n')}\n`;
}

export function studyText(doc: Study): string {
  const charts = doc.charts.filter((chart) => chart.kind !== 'steps');
  return `${[doc.title, doc.notes.join('\n'), ...charts.map(chartText), ...doc.tables.map(tableText)].join('\n\n').replace(/\n{3,}/g, '\n\n')}`;
}

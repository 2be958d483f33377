// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of results: a table of verdicts with links to their counterexamples, charts, and tables.
 */
import type { Study } from '../../report/chart.ts';
import type { ReportData, VerdictRow } from '../report.ts';
import { chartPanel } from './chart.ts';
import { h, main, pageData, panel, table } from './dom.ts';

const { parts } = pageData<ReportData>();

/** Columns of the verdicts. */
const COLUMNS = ['verdict', 'expected', 'executions', 'seconds', 'scenario and configuration', 'finding'];
/** Longer tables can be searched. */
const LONG = 15;

function verdictCells(row: VerdictRow): (Node | string)[] {
  const config = Object.entries(row.config).map(([key, value]) => `${key}=${value}`);
  const cell = [...config, ...row.without.map((g) => `without ${g}`)].join(' ');
  const verdict = h('span', { class: row.verdict }, row.verdict);
  const counts = row.copy === true ? ['copy', ''] : [row.executions?.toString() ?? '', row.seconds?.toFixed(2) ?? ''];
  return [verdict, row.expected ?? '', ...counts, h('span', {}, h('b', {}, row.scenario), ` ${cell}`), finding(row)];
}

function finding({ finding: f, page, note }: VerdictRow): Node | string {
  if (f === undefined) return note ?? '';
  const what = page === undefined ? f.kind : h('a', { href: page }, `${f.kind}: step through it`);
  const shown = h('details', {}, h('summary', {}, f.summary), h('pre', {}, `${f.diagram}\n\npaelab replay ${f.token}`));
  return h('div', {}, what, shown);
}

function verdicts(rows: readonly VerdictRow[]): HTMLElement[] {
  const counts = new Map<string, number>();
  for (const { verdict } of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const element = table(COLUMNS, rows.map(verdictCells));
  const sum = h('p', {}, [...counts].map(([verdict, n]) => `${n} ${verdict}`).join(', '));
  return rows.length > LONG ? [sum, search(element), element] : [sum, element];
}

/** A field that leaves only the rows that have every word that is typed. */
function search(of: HTMLTableElement): HTMLElement {
  const field = h('input', { type: 'search', placeholder: 'words that a row must have', 'aria-label': 'search' });
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of of.tBodies[0]!.rows) row.hidden = !words.every((w) => row.textContent!.toLowerCase().includes(w));
  });
  return field;
}

const tableCell = (v: string | number): HTMLElement | string =>
  typeof v === 'number' ? h('span', { class: 'number' }, v.toLocaleString('en-US')) : v;

function study({ title, command, notes, charts, tables }: Study): HTMLElement[] {
  const about = [...(command === undefined ? [] : [h('p', {}, h('code', {}, command))]), ...(notes ?? []).map((note) => h('p', {}, note))];
  const drawn = h('div', { class: 'charts' }, ...charts.map(chartPanel));
  const rest = (tables ?? []).map((t) =>
    panel(
      t.title,
      table(
        t.columns,
        t.rows.map((row) => row.map(tableCell)),
      ),
    ),
  );
  return [h('h1', {}, title), ...about, drawn, ...rest];
}

for (const part of parts) {
  main().append(h('p', { class: 'file' }, h('small', {}, part.file)));
  if (part.verdicts !== undefined) main().append(h('h1', {}, 'Verdicts'), ...verdicts(part.verdicts));
  if (part.study !== undefined) main().append(...study(part.study));
}

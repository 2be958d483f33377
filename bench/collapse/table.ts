// SPDX-License-Identifier: GPL-2.0-only
/** The results for people: a table for each question. */
import { PHASES } from './phases.ts';
import type { Figure, RowResult } from './row.ts';

/** What is in the tables, in this order, where a row has it; the rest is in the JSON. */
const COLUMNS = [
  'us/collapse',
  'us/limit',
  'shareOfCopyLimit',
  'ns/page',
  'collapses/s',
  'GiB/s',
  'p50 us',
  'p99 us',
  'max us',
  'IPIs/collapse',
  'us/failure',
  'us/fault',
  'ns/PTE',
] as const;

const SIGNIFICANT = 3;
const short = (v: number): string => (v >= 1000 ? v.toFixed(0) : String(Number(v.toPrecision(SIGNIFICANT))));
const text = ({ median, low, high }: Figure): string => (low === high ? short(median) : `${short(median)} (${short(low)}..${short(high)})`);

function table(title: string, rows: readonly RowResult[], columns: readonly string[], heading: (name: string) => string): string {
  const used = columns.filter((name) => rows.some((r) => r.figures[name] !== undefined));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  let out = line([title, ...used.map(heading)]) + line(['---', ...used.map(() => '---:')]);
  for (const { row, figures } of rows)
    out += line([row.name, ...used.map((name) => (figures[name] === undefined ? '' : text(figures[name])))]);
  return out;
}

export function questionTable(question: string, results: readonly RowResult[]): string {
  return table(question, of(question, results), COLUMNS, (name) => name);
}

/** ns per page. */
export function phaseTable(question: string, results: readonly RowResult[]): string {
  const names = PHASES.map((phase) => `${phase} ns/page`);
  return table(`${question}: ns/page`, of(question, results), names, (name) => name.replace(' ns/page', ''));
}

const of = (question: string, results: readonly RowResult[]): RowResult[] => results.filter(({ row }) => row.question === question);

export const questions = (results: readonly RowResult[]): string[] => [...new Set(results.map(({ row }) => row.question))];

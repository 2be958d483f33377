// SPDX-License-Identifier: GPL-2.0-only
/** Results of a benchmark as its JSON file holds them, and how they are read: a file may be anybody's. */
import { UsageError } from '../usage-error.ts';

/** The median and the quartiles. */
export interface Figure {
  median: number;
  low: number;
  high: number;
}

export interface BenchRow {
  /** What it measures, unique in the report. */
  name: string;
  figures: ReadonlyMap<string, Figure>;
}

export interface BenchReport {
  name: string;
  /** What has to be the same for figures to be comparable, as text, by what it is. */
  conditions: ReadonlyMap<string, string>;
  rows: readonly BenchRow[];
}

type Json = Record<string, unknown>;

const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v);

/**
 * @param file for messages
 * @throws UsageError naming the file and the field
 */
export function parseReport(text: string, file: string): BenchReport {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch (e) {
    throw new UsageError(`${file}: not JSON: ${(e as Error).message}`);
  }
  if (!isObject(report) || report.schema !== 'paelab/bench') throw new UsageError(`${file}: schema: not the result of a benchmark`);
  if (report.version !== 1) throw new UsageError(`${file}: version: ${JSON.stringify(report.version)} is none that this paelab reads`);
  for (const field of ['name', 'machine', 'node', 'seed'])
    if (report[field] === undefined) throw new UsageError(`${file}: ${field}: missing`);
  if (!Array.isArray(report.rows)) throw new UsageError(`${file}: rows: not a list`);
  const conditions = new Map(['machine', 'node', 'seed'].map((field) => [field, textOf(report[field])]));
  const rows = report.rows.map((row: unknown, i) => parseRow(row, `${file}: rows[${i}]`));
  return { name: String(report.name), conditions, rows };
}

const textOf = (v: unknown): string => (isObject(v) ? Object.values(v).join(', ') : String(v));

function parseRow(row: unknown, where: string): BenchRow {
  if (!isObject(row) || !isObject(row.row)) throw new UsageError(`${where}.row: missing`);
  if (!isObject(row.figures)) throw new UsageError(`${where}.figures: missing`);
  const figures = new Map<string, Figure>();
  for (const [name, figure] of Object.entries(row.figures)) {
    const f = isObject(figure) ? figure : {};
    if (typeof f.median !== 'number' || typeof f.low !== 'number' || typeof f.high !== 'number')
      throw new UsageError(`${where}.figures["${name}"]: not a median with its quartiles`);
    figures.set(name, { median: f.median, low: f.low, high: f.high });
  }
  return { name: `${row.row.question}: ${row.row.name}`, figures };
}

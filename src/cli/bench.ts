// SPDX-License-Identifier: GPL-2.0-only
/** `paelab bench compare`. */
import { readFileSync } from 'node:fs';
import { type Comparison, compareReports } from '../bench/compare.ts';
import { type BenchReport, type Figure, parseReport } from '../bench/report.ts';
import { UsageError } from '../usage-error.ts';
import { columns } from './text.ts';

export interface CompareFlags {
  anyway?: boolean;
  json?: boolean;
}

export function compareBenchmarks(before: string, after: string, flags: CompareFlags): void {
  const comparison = compareReports(read(before), read(after), flags.anyway === true);
  const json = { schema: 'paelab/bench-compare', version: 1, before, after, ...comparison };
  process.stdout.write(flags.json === true ? `${JSON.stringify(json, null, 2)}\n` : comparisonText(comparison));
}

function read(file: string): BenchReport {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: ${(e as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (e as Error).message}`);
  }
  return parseReport(text, file);
}

const short = (v: number): string => (Math.abs(v) >= 1000 ? v.toFixed(0) : String(Number(v.toPrecision(3))));
const spread = ({ median, low, high }: Figure): string => `${short(median)} (${short(low)}..${short(high)})`;

function comparisonText({ changed, compared, onlyBefore, onlyAfter }: Comparison): string {
  const rows = changed.map((d) => [d.ratio.toFixed(2), spread(d.before), spread(d.after), d.figure, d.row]);
  let text = changed.length > 0 ? `${columns([['ratio', 'before', 'after', 'figure', 'row'], ...rows], [0, 1, 2]).join('\n')}\n` : '';
  text += `${changed.length} of ${compared} figures changed by more than their quartiles\n`;
  for (const name of onlyBefore) text += `only before: ${name}\n`;
  for (const name of onlyAfter) text += `only after: ${name}\n`;
  return text;
}

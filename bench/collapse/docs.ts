// SPDX-License-Identifier: GPL-2.0-only
/** Writes docs/throughput.md and its charts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { phaseChart, questionChart } from './charts.ts';
import { introduction } from './introduction.ts';
import type { RowResult } from './row.ts';
import type { Speed } from './speed.ts';
import { phaseTable, questions, questionTable } from './table.ts';

export interface Report {
  machine: { cpu: string; cores: number; memoryGiB: number };
  node: string;
  seed: number;
  rows: readonly RowResult[];
  speed: Speed | null;
}

const FOLDER = 'docs/throughput';
const fileOf = (question: string): string => `${question.replace(/[^a-zA-Z]+/g, '-')}.svg`;

export function writeDocs(report: Report): void {
  mkdirSync(FOLDER, { recursive: true });
  let text = introduction(report);
  const picture = (name: string, file: string, code: string): string => {
    writeFileSync(`${FOLDER}/${file}`, code);
    return `![${name}](throughput/${file})\n\n`;
  };
  for (const question of questions(report.rows)) {
    const rows = report.rows.filter(({ row }) => row.question === question);
    text += `## ${question[0]!.toUpperCase()}${question.slice(1)}\n\n${questionTable(question, rows)}\n`;
    text += picture(question, fileOf(question), questionChart(question, rows));
    if (question !== 'present pages') continue;
    text += `${phaseTable(question, rows)}\n${picture('phases', 'phases.svg', phaseChart(rows))}`;
  }
  if (report.speed !== null) text += `## Both builds\n\n${report.speed.text}\n`;
  writeFileSync('docs/throughput.md', text.replace(/\n+$/, '\n'));
}

// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- collapse [--question TEXT]... [--seconds S] [--seed N] [--json FILE] [--docs]`: what a collapse costs, by what it has to do, on the direct
 * engine and the erased build. With --docs the tables and charts of docs/throughput.md are written too.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { inlineMore } from '../src/host/inlining.ts';
import { machineOf } from './collapse/host.ts';
import { ROWS, type Row, type RowResult } from './collapse/row.ts';
import { phaseTable, questions, questionTable } from './collapse/table.ts';

inlineMore();
const load = loadavg()[0]!;
const { values } = parseArgs({
  options: {
    question: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});
const isWanted = (question: string): boolean => values.question.length === 0 || values.question.some((text) => question.includes(text));
const wanted = ROWS.filter(({ question }) => isWanted(question));
const { measureSpeed } = await import('./collapse/speed.ts');
const options = { seed: Number(values.seed), seconds: Number(values.seconds), rounds: Number(values.rounds) };

const measured = (row: Row): Promise<RowResult> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./row-thread.mjs', import.meta.url), { workerData: { row, options } });
    thread.on('message', resolve);
    thread.on('error', reject);
  });

const results: RowResult[] = [];
for (const row of wanted) {
  process.stderr.write(`${row.question}: ${row.name}\n`);
  results.push(await measured(row));
}
const speed = isWanted('both builds') ? await measureSpeed(options) : null;

for (const question of questions(results)) {
  process.stdout.write(`${questionTable(question, results)}\n`);
  if (question === 'present pages') process.stdout.write(`${phaseTable(question, results)}\n`);
}
if (speed !== null) process.stdout.write(`${speed.text}\n`);

const report = {
  schema: 'paelab/bench',
  version: 1,
  name: 'collapse',
  machine: machineOf(),
  node: process.version,
  load,
  ...options,
  rows: results,
  speed,
};
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
if (values.docs) (await import('./collapse/docs.ts')).writeDocs(report);

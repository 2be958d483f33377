// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab report`: results that were written with --json as a folder of pages: verdicts, each counterexample to step through, and charts.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseToken } from '../check/token.ts';
import { htmlPage } from '../page/html.ts';
import type { ReportData, VerdictRow } from '../page/report.ts';
import { UsageError } from '../usage-error.ts';
import { HOLDS, INTERRUPTED } from './exit.ts';
import { explorePage, filmed } from './explore.ts';
import { outputFile } from './output.ts';
import { readResult } from './read-result.ts';
import { RunProgress } from './run-progress.ts';
import { builtIn } from './targets.ts';

export interface ReportFlags {
  /** A folder. */
  out: string;
  /** What was written, as JSON. */
  json?: boolean;
}

/** @returns the exit code */
export async function report(files: readonly string[], { out, json }: ReportFlags): Promise<number> {
  const parts = files.map(readResult);
  const index = outputFile(join(out, 'index.html'), '--out');
  const found = parts.flatMap((p) => p.verdicts ?? []).filter(isExplorable);
  const interrupted = await writePages(found, out);
  const data: ReportData = { parts: parts.map((p) => ({ ...p, file: basename(p.file) })) };
  writeFileSync(index, htmlPage('report', 'paelab', data));
  const pages = [index, ...found.flatMap((row) => (row.page === undefined ? [] : [join(out, row.page)]))];
  process.stdout.write(
    json ? `${JSON.stringify({ schema: 'paelab/report', version: 1, complete: !interrupted, pages }, null, 2)}\n` : `${index}\n`,
  );
  return interrupted ? INTERRUPTED : HOLDS;
}

/** A user's own scenario is not at hand here, and its counterexample is shown as it was printed. */
const isExplorable = ({ finding, copy }: VerdictRow): boolean =>
  finding !== undefined && copy !== true && builtIn(parseToken(finding.token).scenario) !== undefined;

/** A page for each counterexample. @returns whether it was interrupted */
async function writePages(rows: readonly VerdictRow[], out: string): Promise<boolean> {
  let at = 0;
  let stop = false;
  const onSigint = (): void => void (stop = true);
  process.once('SIGINT', onSigint);
  const progress = new RunProgress(() => `counterexample ${at} of ${rows.length}`);
  try {
    for (const row of rows) {
      await setImmediate(); // for Ctrl-C, and for the progress
      if (stop) break;
      const page = `counterexample-${++at}.html`;
      writeFileSync(join(out, page), explorePage(await filmed(row.finding!.token, undefined)));
      row.page = page;
    }
  } catch (e) {
    if (e instanceof UsageError) throw new UsageError(`counterexample ${at}: ${e.message}`);
    throw e;
  } finally {
    process.off('SIGINT', onSigint);
    progress.end();
  }
  return stop;
}

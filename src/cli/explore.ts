// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab explore`: a counterexample as a page to step through.
 */
import { writeFileSync } from 'node:fs';
import { filmOf } from '../check/film.ts';
import { ReplayError } from '../engines/replay.ts';
import { exploreData } from '../page/explore.ts';
import type { ExploreData } from '../page/explore-data.ts';
import { htmlPage } from '../page/html.ts';
import { UsageError } from '../usage-error.ts';
import { boundedReplay, boundedReport } from './bounded.ts';
import { removeBundles } from './bundle-file.ts';
import { failureOf, HOLDS, tell } from './exit.ts';
import { outputPage } from './output.ts';
import { cellFor } from './token-cell.ts';

export interface ExploreFlags {
  /** A folder, or a file that ends in .html. */
  out?: string;
  /** What the page shows, on stdout. */
  json?: boolean;
}

/** @returns the exit code */
export async function explore(token: string, file: string | undefined, flags: ExploreFlags): Promise<number> {
  try {
    if (flags.out === undefined && flags.json !== true) throw new UsageError('--out or --json says where the result goes');
    const path = flags.out === undefined ? null : outputPage(flags.out);
    const data = await filmed(token, file);
    if (path !== null) writeFileSync(path, explorePage(data));
    const json = { schema: 'paelab/explore', version: 1, ...data };
    process.stdout.write(flags.json ? `${JSON.stringify(json, null, 2)}\n` : `${path}\n`);
    return HOLDS;
  } catch (e) {
    const failure = failureOf(e, file ?? null);
    tell(failure);
    return failure.code;
  } finally {
    removeBundles();
  }
}

export const explorePage = (data: ExploreData): string => htmlPage('explore', `paelab: ${data.kind}`, data);

/** @param file of the user's own scenario that the token is of @throws UsageError */
export async function filmed(token: string, file: string | undefined): Promise<ExploreData> {
  const { content, cell } = await cellFor(token, file);
  try {
    const report = boundedReport(cell, content.start, content.picks, file);
    const film = boundedReplay(() => filmOf(cell, content.start, content.picks), file);
    return exploreData(cell, report, film);
  } catch (e) {
    if (e instanceof ReplayError) throw new UsageError(`the token does not fit ${file ?? 'this paelab'}: ${e.message}`);
    throw e;
  }
}

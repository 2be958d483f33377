// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab explore`: a counterexample as a page to step through.
 */
import { writeFileSync } from 'node:fs';
import { UsageError } from '../check/cell.ts';
import { filmOf } from '../check/film.ts';
import { ReplayError } from '../engines/replay.ts';
import { exploreData } from '../page/explore.ts';
import { htmlPage } from '../page/html.ts';
import { boundedReplay, boundedReport } from './bounded.ts';
import { removeBundles } from './bundle-file.ts';
import { failureOf, HOLDS, tell } from './exit.ts';
import { outputPage } from './output.ts';
import { cellFor } from './token-cell.ts';

export interface ExploreFlags {
  /** A folder, or a file that ends in .html. */
  out: string;
}

/** @returns the exit code */
export async function explore(token: string, file: string | undefined, flags: ExploreFlags): Promise<number> {
  try {
    const path = outputPage(flags.out);
    writeFileSync(path, await explorePage(token, file));
    process.stdout.write(`${path}\n`);
    return HOLDS;
  } catch (e) {
    const failure = failureOf(e, file ?? null);
    tell(failure);
    return failure.code;
  } finally {
    removeBundles();
  }
}

/** @param file of the user's own scenario that the token is of @throws UsageError */
export async function explorePage(token: string, file: string | undefined): Promise<string> {
  const { content, cell } = await cellFor(token, file);
  try {
    const report = boundedReport(cell, content.start, content.picks, file);
    const film = boundedReplay(() => filmOf(cell, content.start, content.picks), file);
    return htmlPage('explore', `${cell.scenario.name}: ${report.kind}`, exploreData(cell, report, film));
  } catch (e) {
    if (e instanceof ReplayError) throw new UsageError(`the token does not fit ${file ?? 'this paelab'}: ${e.message}`);
    throw e;
  }
}

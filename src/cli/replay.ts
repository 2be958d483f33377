// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab replay`: the execution that a token names, again, and its report.
 */
import { filmOf } from '../check/film.ts';
import type { Report } from '../check/report.ts';
import { ReplayError } from '../engines/replay.ts';
import { delaysText } from '../report/delays-text.ts';
import { UsageError } from '../usage-error.ts';
import { boundedReplay, boundedReport } from './bounded.ts';
import { removeBundles } from './bundle-file.ts';
import { failureOf, tell, VIOLATED } from './exit.ts';
import { ftraceText } from './ftrace-text.ts';
import { PerfettoFile } from './perfetto-file.ts';
import { told } from './result.ts';
import { cellFor } from './token-cell.ts';

export interface ReplayFlags {
  /** Every transition, with what the vCPUs held then. */
  events?: boolean;
  /** Instead of the report: where delays have to be put. */
  mdelay?: boolean;
  /** File for a trace. */
  perfetto?: string;
  /** Instead of the report: the tracepoints that it passes. */
  ftrace?: boolean;
  json?: boolean;
}

/** @returns the exit code */
export async function replay(token: string, file: string | undefined, flags: ReplayFlags): Promise<number> {
  try {
    const { content, cell } = await cellFor(token, file);
    const perfetto = flags.perfetto === undefined ? null : new PerfettoFile(flags.perfetto);
    let report: Report;
    try {
      perfetto?.counterexample(cell, content.start, content.picks, file);
      perfetto?.close();
      if (flags.ftrace) {
        const film = boundedReplay(() => filmOf(cell, content.start, content.picks), file);
        process.stdout.write(ftraceText(film));
        return VIOLATED;
      }
      report = boundedReport(cell, content.start, content.picks, file);
    } catch (e) {
      if (e instanceof ReplayError) throw new UsageError(`the token does not fit ${file ?? 'this paelab'}: ${e.message}`);
      const failure = failureOf(e, file ?? null);
      tell(failure);
      return failure.code;
    }
    const violation = told(report);
    const { text, eventsText } = report;
    const { scenario, config, without } = { ...cell, scenario: cell.scenario.name };
    const json = { schema: 'paelab/replay', version: 1, scenario, config, without, violation };
    const shown = flags.mdelay ? delaysText(violation.delays) : flags.events ? `${text}\n${eventsText}` : text;
    process.stdout.write(flags.json ? `${JSON.stringify(json, null, 2)}\n` : shown);
    return VIOLATED;
  } finally {
    removeBundles();
  }
}

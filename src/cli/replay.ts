// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab replay`: the execution that a token names, again, and its report.
 */
import { UsageError } from '../check/cell.ts';
import type { Report } from '../check/report.ts';
import { cellOfToken, parseToken, type TokenContent } from '../check/token.ts';
import { ReplayError } from '../engines/replay.ts';
import { delaysText } from '../report/delays-text.ts';
import { boundedReport } from './bounded.ts';
import { removeBundles } from './bundle-file.ts';
import { failureOf, tell, VIOLATED } from './exit.ts';
import { told } from './result.ts';
import { builtIn, type Target, targetOf } from './targets.ts';

export interface ReplayFlags {
  /** Every transition, with what the vCPUs held then. */
  events?: boolean;
  /** Instead of the report: where delays have to be put. */
  mdelay?: boolean;
  json?: boolean;
}

/** @returns the exit code */
export async function replay(token: string, file: string | undefined, flags: ReplayFlags): Promise<number> {
  try {
    const content = parseToken(token);
    const target = await targetFor(content, file);
    const cell = cellOfToken(content, target.scenario);
    let report: Report;
    try {
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

async function targetFor(content: TokenContent, file: string | undefined): Promise<Target> {
  if (file === undefined) {
    const scenario = builtIn(content.scenario);
    if (scenario === undefined)
      throw new UsageError(`the token is of scenario '${content.scenario}', which is not built in: name its file behind the token`);
    return { scenario, module: null };
  }
  const target = await targetOf(file);
  if (target.scenario.name !== content.scenario) {
    throw new UsageError(`${file}: it has scenario '${target.scenario.name}', and the token is of '${content.scenario}'`);
  }
  return target;
}

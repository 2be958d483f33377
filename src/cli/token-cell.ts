// SPDX-License-Identifier: GPL-2.0-only
/**
 * The cell that a token names, of a built-in scenario or of one in a user's file.
 */
import type { Cell } from '../check/cell.ts';
import { cellOfToken, parseToken, type TokenContent } from '../check/token.ts';
import { UsageError } from '../usage-error.ts';
import { builtIn, type Target, targetOf } from './targets.ts';

/** @throws UsageError */
export async function cellFor(token: string, file: string | undefined): Promise<{ content: TokenContent; cell: Cell }> {
  const content = parseToken(token);
  const target = await targetFor(content, file);
  return { content, cell: cellOfToken(content, target.scenario) };
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

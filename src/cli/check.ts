// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab check`: plans cells, runs them, and tells the results, in JSON or to people.
 */
import { parseToken } from '../check/token.ts';
import { removeBundles } from './bundle-file.ts';
import { cellText } from './cell-text.ts';
import { Checkpoint } from './checkpoint.ts';
import { INTERRUPTED, tell, worst } from './exit.ts';
import type { CheckFlags } from './flags.ts';
import { matrixText } from './matrix.ts';
import { necessity } from './necessity.ts';
import { PerfettoFile } from './perfetto-file.ts';
import { type Plan, planOf, variedAxes } from './plan.ts';
import { runCells } from './pool.ts';
import { Progress } from './progress.ts';
import { codeInTable, codeOfVerdict, SCHEMA, SCHEMA_VERSION, type Told } from './result.ts';
import { oddOnes, storyText, sumUp } from './table.ts';

/** @returns the exit code */
export async function check(names: readonly string[], flags: CheckFlags): Promise<number> {
  try {
    if (flags.necessity === true) return await necessity(names, flags);
    const plan = await planOf(names, flags);
    const perfetto = flags.perfetto === undefined ? null : new PerfettoFile(flags.perfetto);
    const from = performance.now();
    const checkpoint = flags.checkpoint === undefined ? null : new Checkpoint(flags.checkpoint, plan.cells);
    const { told, failure, interrupted } = await runCells(plan.cells, flags, new Progress(), checkpoint);
    const codes = told.map((t) => (plan.mode === 'cells' ? codeOfVerdict : codeInTable)(t.result));
    if (failure === null || told.some((t) => t.result.executions > 0)) write(plan, told, flags, (performance.now() - from) / 1000);
    if (perfetto !== null) writeTraces(told, perfetto);
    if (failure !== null) {
      tell(failure);
      codes.push(failure.code);
    }
    if (interrupted) codes.push(INTERRUPTED);
    return worst(codes);
  } finally {
    removeBundles();
  }
}

function write(plan: Plan, told: readonly Told[], flags: CheckFlags, wall: number): void {
  const text = flags.json
    ? `${JSON.stringify({ schema: SCHEMA, version: SCHEMA_VERSION, results: told.map((t) => t.result) }, null, 2)}\n`
    : plan.mode === 'story'
      ? storyText(told, wall)
      : plan.mode === 'all'
        ? allText(told, flags, wall)
        : told.map((t) => cellText(t, flags.events === true)).join('\n');
  process.stdout.write(text);
}

function writeTraces(told: readonly Told[], perfetto: PerfettoFile): void {
  for (const { planned, result } of told) {
    if (result.violation === undefined || result.sameAs !== undefined) continue;
    const { start, picks } = parseToken(result.violation.token);
    perfetto.counterexample(planned.cell, start, picks, planned.target.module?.file);
  }
  perfetto.close();
}

function allText(told: readonly Told[], flags: CheckFlags, wall: number): string {
  const scenarios = [...new Set(told.map((t) => t.planned.cell.scenario))];
  const matrices = scenarios.map((s) =>
    matrixText(
      s,
      variedAxes(s, flags.config),
      told.filter((t) => t.planned.cell.scenario === s),
    ),
  );
  return `${matrices.join('\n')}${oddOnes(told)}\n${sumUp(told, wall)}\n`;
}

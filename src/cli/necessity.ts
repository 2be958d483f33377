// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab check --necessity`: what a verdict that holds rests on. Each guard that some execution of the cell comes to is taken away, one at a time, and the
 * cell is decided again.
 */
import { makeCell } from '../check/cell.ts';
import type { Guard } from '../kernel/guard.ts';
import { allGuards } from '../kernel/guards.ts';
import { UsageError } from '../usage-error.ts';
import { INCONCLUSIVE, INTERRUPTED, tell, worst } from './exit.ts';
import type { CheckFlags } from './flags.ts';
import { judge, type Necessity, type NecessityOf, necessityJson, necessityText, UNDECIDED } from './necessity-text.ts';
import { type PlannedCell, planOf } from './plan.ts';
import { type Outcome, runCells } from './pool.ts';
import { Progress } from './progress.ts';
import { codeOfVerdict, type Told } from './result.ts';

/** @returns the exit code: 0 if every cell holds and every guard is decided */
export async function necessity(names: readonly string[], flags: CheckFlags): Promise<number> {
  if (flags.all === true) throw new UsageError('--necessity is about one configuration: it does not go with --all');
  const { cells } = await planOf(names.length === 0 && flags.policy === undefined ? ['retract'] : names, flags);
  const base = await runCells(cells, flags, new Progress());
  const without = base.told.map((t) => (t.result.verdict === 'holds' ? cellsWithout(t) : []));
  const rest = base.failure === null && !base.interrupted ? await runCells(without.flat(), flags, new Progress()) : nothing;
  let n = 0;
  const results = base.told.map((told, i): Necessity => {
    const guards = without[i]!.map((cell): NecessityOf => ({ guard: guardOf(cell, told), told: rest.told[n++]! }));
    return { told, guards: rest === nothing ? [] : guards };
  });
  if (base.failure === null) process.stdout.write(flags.json ? necessityJson(results) : results.map(necessityText).join('\n'));
  const codes = base.told.map((t) => codeOfVerdict(t.result));
  if (results.some((r) => r.guards.some((g) => judge(g) === UNDECIDED))) codes.push(INCONCLUSIVE);
  for (const { failure, interrupted } of [base, rest]) {
    if (interrupted) codes.push(INTERRUPTED);
    if (failure === null) continue;
    tell(failure);
    codes.push(failure.code);
  }
  return worst(codes);
}

const nothing: Outcome = { told: [], failure: null, interrupted: false };

/** The guard by which a cell differs from the one that holds. */
function guardOf({ cell }: PlannedCell, base: Told): Guard {
  const name = cell.without.find((g) => !base.result.without.includes(g))!;
  return allGuards().find((g) => g.name === name)!;
}

/** One cell for each guard that the cell comes to, and that is there to be taken away. */
function cellsWithout({ planned, guards }: Told): PlannedCell[] {
  const { cell, target } = planned;
  const off = cell.scenario.guardsOff?.(cell.config) ?? [];
  const wanted = guards.filter((g) => !cell.without.includes(g) && !off.includes(g));
  return wanted
    .filter((g) => (cell.scenario.conflict?.(cell.config, [...cell.without, g]) ?? null) === null)
    .map((g) => ({ target, cell: makeCell(cell.scenario, cell.config, [...cell.without, g]) }));
}
